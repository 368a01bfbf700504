import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdaptableNetwork } from '../../../../src/engine/sampling/adaptable-network';
import type { DiffusionModel } from '../../../../src/engine/sampling/diffusion-model';
import { openModel } from '../../../../src/engine/families/open-model';
import { loadModel } from '../../../../src/engine/sampling/load';
import type { PipelineRequest } from '../../../../src/engine/sampling/request';
import type { Lora, LowRankLayers } from '../../../../src/engine/lora/loaded-lora';
import { mixLoras } from '../../../../src/engine/lora/mix-loras';
import type { LoraSlots } from '../../../../src/engine/networks/lora-slots';
import type { Session } from '../../../../src/engine/runtime/session';
import { openSafetensors, readTensor } from '../../../../src/engine/checkpoints/safetensors';
import { writeSafetensors } from '../../../../src/engine/checkpoints/safetensors-writer';
import { float32, type Tensor } from '../../../../src/engine/tensors/tensor';
import { merged } from '../../../support/lora-files';
import { writeModelLora, writeOrdinaryModel } from '../../../support/ordinary-model';
import { writeTinyModel } from '../../../support/tiny-pipeline';
import { temporaryFolder } from '../../../support/worker-harness';

const UNET = 'unet/diffusion_pytorch_model.safetensors';

const REQUEST: PipelineRequest = {
  prompt: 'a red house',
  negativePrompt: '',
  seeds: [1],
  steps: 4,
  guidance: 1.5,
  sampler: 'lcm',
  width: 64,
  height: 64,
};

describe('a model with LoRAs', () => {
  let folder: string;
  let model: DiffusionModel;
  let everywhere: Lora;
  let text: Lora;
  beforeAll(async () => {
    folder = await writeTinyModel(temporaryFolder());
    model = await loadModel(await openModel(folder), { device: 'cpu', cacheFolder: temporaryFolder() });
    everywhere = await model.readLora(await writeModelLora(folder, 'everywhere.safetensors', /./, 1));
    text = await model.readLora(await writeModelLora(folder, 'text.safetensors', /^text_model/, 2));
  });
  afterAll(() => model.release());

  const draw = async (loras: Parameters<DiffusionModel['withLoras']>[0]): Promise<Uint8Array> => {
    const { images } = await model.withLoras(loras).generate(REQUEST);
    return Uint8Array.from(images[0]!.data);
  };

  it('is the model itself without any, or with weights of 0', () => {
    expect(model.withLoras([])).toBe(model.pipeline);
    expect(model.withLoras([{ lora: everywhere, weight: 0 }])).toBe(model.pipeline);
  });

  it('draws the same picture every time, whatever was drawn in between', async () => {
    const plain = await draw([]);
    const adapted = await draw([{ lora: everywhere, weight: 0.5 }]);
    const worded = await draw([{ lora: text, weight: 1 }]);
    expect(adapted).not.toEqual(plain);
    expect(worded).not.toEqual(plain);
    expect(await draw([{ lora: everywhere, weight: 0.5 }])).toEqual(adapted);
    expect(await draw([])).toEqual(plain);
    expect(await draw([{ lora: text, weight: 1 }])).toEqual(worded);
  });

  it('draws what a model with merged weights draws', async () => {
    const other = await writeTinyModel(temporaryFolder());
    for (const [component, file] of [
      ['unet', UNET],
      ['text_encoder', 'text_encoder/model.safetensors'],
    ] as const) {
      await writeMerged(path.join(other, file), everywhere.layers.get(component)!, 0.5);
    }
    const mergedModel = await loadModel(await openModel(other), { device: 'cpu', cacheFolder: temporaryFolder() });
    const { images } = await mergedModel.pipeline.generate(REQUEST);
    const adapted = await draw([{ lora: everywhere, weight: 0.5 }]);
    const differences = adapted.map((value, i) => Math.abs(value - (images[0]?.data[i] ?? 0)));
    // Sums in another order may tip a rounding to 8 bits.
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    await mergedModel.release();
  });
});

async function writeMerged(file: string, layers: LowRankLayers, factor: number): Promise<void> {
  const { tensors } = await openSafetensors(file);
  const all = new Map<string, Tensor>();
  for (const tensor of tensors.values()) {
    const one = layers.get(tensor.name.replace(/\.weight$/, ''));
    const read = await readTensor(tensor);
    all.set(tensor.name, one === undefined ? read : merged(read as Tensor<'float32'>, one, factor));
  }
  await writeSafetensors(file, all, { format: 'pt' });
}

describe('an LCM-LoRA on an ordinary model', () => {
  it('samples in a few steps without guidance embedding, and with real guidance by a second run', async () => {
    const folder = await writeOrdinaryModel(temporaryFolder());
    const model = await loadModel(await openModel(folder), { device: 'cpu', cacheFolder: temporaryFolder() });
    expect(model.pipeline.info).toMatchObject({ isLcm: false, defaultSampler: 'ddim' });
    const lora = await model.readLora(await writeModelLora(folder, 'lcm.safetensors', /attn|conv/, 3));
    const pipeline = model.withLoras([{ lora, weight: 1 }]);
    const off = await pipeline.generate({ ...REQUEST, guidance: 1 });
    const on = await pipeline.generate({ ...REQUEST, guidance: 1.5, negativePrompt: 'blue' });
    expect(off.notices).toEqual([expect.stringContaining('needs an LCM-LoRA among the LoRAs')]);
    expect(on.notices).toEqual(off.notices);
    expect(on.images[0]!.data).not.toEqual(off.images[0]!.data);
    const { notices } = await model.pipeline.generate({ ...REQUEST, guidance: 1 });
    expect(notices).toEqual([expect.stringContaining('will give blurred pictures')]);
    await model.release();
  });
});

describe('the sessions of a network', () => {
  const mixOf = (layer: string, rank: number, weight = 1) => {
    const [A, B] = [float32(new Float32Array(rank), [rank, 1]), float32(new Float32Array(rank), [1, rank])];
    const unet = new Map([[layer, { A, B, scale: 1 }]]);
    return mixLoras(
      [{ lora: { layers: new Map([['unet', unet]]), origin: '', baseModel: undefined }, weight }],
      'unet',
    );
  };

  it('are made once for each set of layers, and the least recently used ones are released for new ones', async () => {
    const events: string[] = [];
    const create = (slots: LoraSlots): Promise<Session> => {
      const name = [...slots.keys()].join();
      events.push(`make ${name}`);
      const session = {
        graph: { inputs: [] },
        run: () => Promise.resolve({}),
        release: () => {
          events.push(`release ${name}`);
          return Promise.resolve();
        },
      };
      return Promise.resolve(session as unknown as Session);
    };
    const network = new AdaptableNetwork(create, 2);
    for (const mix of [mixOf('a', 4), mixOf('a', 8, 0.5), mixOf('b', 4), mixOf('a', 2), mixOf('c', 4)]) {
      await (await network.with(mix)()).run({});
    }
    expect(events).toEqual(['make a', 'make b', 'release b', 'make c']);
    await network.release();
    expect(events.slice(4)).toEqual(['release a', 'release c']);
  });

  it('are tried again after a failure', async () => {
    let attempts = 0;
    const network = new AdaptableNetwork(() => {
      attempts++;
      return Promise.reject(new Error('no memory'));
    }, 1);
    const session = network.with(mixOf('a', 4));
    await expect(session()).rejects.toThrow('no memory');
    await expect(session()).rejects.toThrow('no memory');
    expect(attempts).toBe(2);
  });
});
