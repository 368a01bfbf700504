/** SDXL against diffusers: both text encoders, the UNet with and without a guidance embedding, the autoencoder. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWeights } from '../../../../src/engine/checkpoints/safetensors';
import { unetDenoiser } from '../../../../src/engine/families/unet-denoiser';
import type { Conditioning } from '../../../../src/engine/families/family';
import { openModel } from '../../../../src/engine/families/open-model';
import { CPU_FORM } from '../../../../src/engine/graph/graph';
import { parseUNetConfig } from '../../../../src/engine/networks/unet-config';
import { createSession } from '../../../../src/engine/runtime/session';
import type { DiffusionModel } from '../../../../src/engine/sampling/diffusion-model';
import { loadModel } from '../../../../src/engine/sampling/load';
import { float32 } from '../../../../src/engine/tensors/tensor';
import { golden2, rows, type GoldenTensors } from '../../../support/golden';
import { temporaryFolder } from '../../../support/worker-harness';

interface Runs {
  /** Rows of text_io. */
  readonly texts: string[];
}

describe.skipIf(!golden2.isPresent)('Stable Diffusion XL (FOURSTEP_GOLDEN2)', () => {
  let model: DiffusionModel;
  let texts: string[];
  beforeAll(async () => {
    const folder = golden2.path('sdxl/pipeline');
    model = await loadModel(await openModel(folder), { device: 'cpu', cacheFolder: temporaryFolder() });
    ({ texts } = golden2.json('sdxl/runs.json') as Runs);
  });
  afterAll(() => model.release());

  function expectRow(
    found: Conditioning,
    name: string,
    io: GoldenTensors,
    [golden, row]: readonly [string, number],
  ): void {
    const expected = rows(io.float(golden), row, 1);
    expect(found[name]?.shape, name).toEqual(expected.shape);
    expect(found[name]?.data, `${name} of "${texts[row]}"`).toBeAllclose(expected.data, io.tolerance(golden));
  }

  it('reads prompts with both text encoders', async () => {
    const io = await golden2.tensors('sdxl/text_io.safetensors');
    for (const [row, text] of texts.entries()) {
      const conditioning = await model.pipeline.parts.prompts.encode(text);
      expectRow(conditioning, 'context', io, ['prompt_embeds', row]);
      expectRow(conditioning, 'pooled', io, ['pooled', row]);
    }
  });

  it('leaves layers out counted from the one before the last (clip skip)', async () => {
    const io = await golden2.tensors('text2/clip_skip.safetensors');
    const { clip_skip_prompts: prompts } = golden2.json('text2/text2.json') as { clip_skip_prompts: string[] };
    for (const name of io.names.filter((each) => /^sdxl_skip\d+$/.test(each))) {
      const skip = Number(name.slice('sdxl_skip'.length));
      const expected = io.float(name);
      for (let row = 0; row < (expected.shape[0] ?? 0); row++) {
        const conditioning = await model.pipeline.parts.prompts.encode(prompts[row] ?? '', { clipSkip: skip });
        expect(conditioning['context']?.data, `${name} of "${prompts[row] ?? ''}"`).toBeAllclose(
          rows(expected, row, 1).data,
          io.tolerance(name),
        );
      }
    }
  });

  it('stands for a missing negative prompt with zeros, and reads an empty one', async () => {
    const missing = await model.pipeline.parts.prompts.missing();
    const empty = await model.pipeline.parts.prompts.encode('');
    for (const name of ['context', 'pooled']) {
      expect(missing[name]?.shape).toEqual(empty[name]?.shape);
      expect(missing[name]?.data.every((value) => value === 0)).toBe(true);
      expect(empty[name]?.data.some((value) => value !== 0)).toBe(true);
    }
  });

  it.each(['sdxl/unet_io.safetensors', 'sdxl/unet_lcm/unet_io.safetensors'])('predicts %s', async (file) => {
    const io = await golden2.tensors(file);
    const folder = file.includes('unet_lcm') ? 'sdxl/unet_lcm' : 'sdxl/pipeline/unet';
    const config = parseUNetConfig(golden2.json(`${folder}/config.json`), folder);
    const weights = await openWeights(golden2.path(`${folder}/diffusion_pytorch_model.safetensors`));
    const denoiser = unetDenoiser(config, 'unet');
    const session = await createSession(denoiser.graph(weights, { form: CPU_FORM }), {
      device: 'cpu',
      profile: 'mapped',
    });
    const conditioning = {
      context: io.float('encoder_hidden_states'),
      pooled: io.float('text_embeds'),
      sizes: io.float('time_ids'),
      ...(io.has('timestep_cond') ? { guidance: io.float('timestep_cond') } : {}),
    };
    const sample = io.float('sample');
    for (const name of io.names.filter((each) => /^out_t\d+$/.test(each))) {
      const timesteps = new Array<number>(sample.shape[0] ?? 1).fill(Number(name.slice('out_t'.length)));
      const { out_sample: out } = await session.run(denoiser.feeds({ sample, timesteps, conditioning }));
      expect(out?.data as Float32Array, name).toBeAllclose(io.float(name).data, io.tolerance(name));
    }
    await session.release();
  });

  it('tells the UNet the size of the picture where nobody says another', () => {
    const { denoiser, autoencoder } = model.parts.design;
    const sample = float32(new Float32Array(4 * 8 * 12), [1, 4, 8, 12]);
    const size = [8, 12].map((side) => side * autoencoder.pixelFactor);
    const pooled = float32(new Float32Array(32), [1, model.parts.design.text.shapes['pooled']?.[1] ?? 0]);
    const context = float32([], [1, 0, 0]);
    const feeds = (conditioning: Conditioning) =>
      denoiser.feeds({ sample, timesteps: [1], conditioning })['added_cond'];
    const sizes = float32([...size, 0, 0, ...size], [1, 6]);
    expect(feeds({ context, pooled })).toEqual(feeds({ context, pooled, sizes }));
  });

  it('decodes and encodes', async () => {
    const io = await golden2.tensors('sdxl/vae_io.safetensors');
    const { autoencoder } = model.parts;
    const { scalingFactor } = autoencoder.design;
    const scaled = io.float('z').data.map((value) => value * scalingFactor);
    const decoded = await autoencoder.decode(float32(scaled, io.float('z').shape));
    expect(decoded.data).toBeAllclose(io.float('decoded').data, io.tolerance('decoded'));
    const encoded = await autoencoder.encode(io.float('x'));
    const { data } = encoded.sample({ encode: (count) => new Float32Array(count) });
    expect(data.map((value) => value / scalingFactor)).toBeAllclose(io.float('mean').data, io.tolerance('mean'));
  });
});
