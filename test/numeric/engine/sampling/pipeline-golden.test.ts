/** Whole pipelines against diffusers' LatentConsistencyModelPipeline, with the stored noise in place of ours. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Steering } from '../../../../src/engine/sampling/denoiser';
import { loadPipeline } from '../../../../src/engine/sampling/load';
import type { NoiseSource } from '../../../../src/engine/sampling/noise-streams';
import type { Pipeline } from '../../../../src/engine/sampling/pipeline';
import { toByte } from '../../../../src/engine/sampling/pixels';
import { float32, type Tensor } from '../../../../src/engine/tensors/tensor';
import { GoldenTensors, goldenJson, goldenPath, hasGolden, rows } from '../../../support/golden';

interface Run {
  readonly run: string;
  readonly steps: number;
  readonly strength?: number;
}

const runs = hasGolden
  ? (goldenJson('pipeline/runs.json') as { prompts: string[]; ids: number[][]; runs: Run[] })
  : undefined;
const items = (runs?.prompts ?? []).map((_, item) => item);

describe.skipIf(!hasGolden)('golden pipelines (FOURSTEP_GOLDEN)', () => {
  let pipeline: Pipeline;
  let text2img: GoldenTensors;
  let cacheFolder: string;

  beforeAll(async () => {
    cacheFolder = await mkdtemp(path.join(os.tmpdir(), 'fourstep-golden-'));
    pipeline = await loadPipeline(goldenPath('pipeline'), { device: 'cpu', cacheFolder });
    text2img = await GoldenTensors.read('pipeline/text2img_io.safetensors');
  });
  afterAll(async () => {
    await pipeline.release();
    rmSync(cacheFolder, { recursive: true, force: true });
  });

  async function steering(item: number): Promise<Steering> {
    const conditioning = await pipeline.parts.prompts.encodeCaption(runs?.prompts[item] ?? '');
    return { conditional: { ...conditioning, guidance: rows(text2img.float('w_embedding'), item, 1) } };
  }

  function storedNoise(io: GoldenTensors, item: number): NoiseSource {
    const at = (name: string): Float32Array => rows(io.float(name), item, 1).data;
    const step = (index: number): Float32Array => atStep(io.float('noise'), index, item);
    return { latents: () => at('latents'), encode: () => at('noise_encode'), addNoise: () => at('noise_add'), step };
  }

  /** Stored tensors hold [steps, batch, …]: the rows of one item at one step. */
  const atStep = (tensor: Tensor<'float32'>, step: number, item: number): Float32Array =>
    rows({ ...tensor, shape: tensor.shape.slice(1), data: rows(tensor, step, 1).data }, item, 1).data;

  it('encodes the prompts to the stored states', async () => {
    const stored = text2img.float('prompt_embeds');
    for (const [item, prompt] of (runs?.prompts ?? []).entries()) {
      const { context } = await pipeline.parts.prompts.encode(prompt);
      expect(context!.data).toBeAllclose(rows(stored, item, 1).data, text2img.tolerance('prompt_embeds'));
    }
  });

  describe.each((runs?.runs ?? []).filter(({ strength }) => strength === undefined))(
    'text→image $run',
    ({ run, steps }) => {
      it.each(items)('makes the stored latents and picture, prompt %i', async (item) => {
        const { width, height } = pictureSize(text2img.float(`${run}.image`));
        const denoised: Float32Array[] = [];
        const [latents] = await pipeline.denoise(
          { steps, sampler: 'lcm', width, height },
          await steering(item),
          [storedNoise(text2img, item)],
          {
            onStep: (step) => {
              denoised.push(step.latents[0]!.data);
            },
          },
        );
        denoised.forEach((data, step) => {
          const name = `${run}.denoised_per_step`;
          expect(data, `step ${step}`).toBeAllclose(atStep(text2img.float(name), step, item), text2img.tolerance(name));
        });
        expect(denoised).toHaveLength(steps);
        const pixels = await pipeline.parts.autoencoder.decode(latents!);
        const unit = pixels.data.map((value) => Math.min(Math.max(value / 2 + 0.5, 0), 1));
        expect(unit).toBeAllclose(
          rows(text2img.float(`${run}.image`), item, 1).data,
          text2img.tolerance(`${run}.image`),
        );
        const stored = text2img.tensor(`${run}.image_uint8`);
        const bytes = stored.data as Uint8Array;
        const size = bytes.length / (stored.shape[0] ?? 1);
        expect((await pipeline.decode(latents!)).data).toBeAllclose(bytes.slice(item * size, (item + 1) * size), 1);
      });
    },
  );

  it('rounds stored pictures to bytes exactly as diffusers', () => {
    for (const { run } of (runs?.runs ?? []).filter(({ strength }) => strength === undefined)) {
      const image = text2img.float(`${run}.image`);
      const { width, height } = pictureSize(image);
      const bytes = text2img.tensor(`${run}.image_uint8`).data as Uint8Array;
      const plane = width * height;
      bytes.forEach((byte, i) => {
        const [item, pixel, channel] = [Math.floor(i / (plane * 3)), Math.floor((i % (plane * 3)) / 3), i % 3];
        const value = image.data[(item * 3 + channel) * plane + pixel] ?? NaN;
        if (toByte(2 * value - 1) !== byte)
          throw new Error(`${run}: byte ${i} is ${toByte(2 * value - 1)}, expected ${byte}`);
      });
    }
  });

  describe.each((runs?.runs ?? []).filter(({ strength }) => strength !== undefined))(
    'image→image $run',
    ({ run, steps, strength = 1 }) => {
      it.each(items)('makes the stored latents and picture, item %i', async (item) => {
        const io = await GoldenTensors.read('pipeline/img2img_io.safetensors');
        const key = run.replace('img2img.', '');
        const pixels = rows(io.float('image'), item, 1);
        const noise = storedNoise(io, item);
        const image = await pipeline.parts.autoencoder.encode(
          float32(
            pixels.data.map((value) => 2 * value - 1),
            pixels.shape,
          ),
        );
        expect(image.sample(noise).data).toBeAllclose(
          rows(io.float(`${key}.init_latents`), item, 1).data,
          io.tolerance(`${key}.init_latents`),
        );
        const { width, height } = pictureSize(io.float('image'));
        const [latents] = await pipeline.denoise(
          { steps, sampler: 'lcm', width, height, init: { image, strength } },
          await steering(item),
          [noise],
        );
        const decoded = await pipeline.parts.autoencoder.decode(latents!);
        const unit = decoded.data.map((value) => Math.min(Math.max(value / 2 + 0.5, 0), 1));
        expect(unit).toBeAllclose(rows(io.float(`${key}.image`), item, 1).data, io.tolerance(`${key}.image`));
      });
    },
  );
});

function pictureSize(image: Tensor<'float32'>): { width: number; height: number } {
  return { width: image.shape[3] ?? 0, height: image.shape[2] ?? 0 };
}
