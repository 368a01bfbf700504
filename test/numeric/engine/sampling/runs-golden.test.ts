/** Whole runs of SD1.x, SD2.x and SDXL against diffusers' pipelines: prompts, guidance, sizes, samplers, latents and pictures. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Conditioning } from '../../../../src/engine/families/family';
import { openModel, type OpenedModel } from '../../../../src/engine/families/open-model';
import type { DiffusionModel } from '../../../../src/engine/sampling/diffusion-model';
import { loadModel } from '../../../../src/engine/sampling/load';
import { samplerOfClass } from '../../../../src/engine/sampling/make-sampler';
import type { NoiseSource } from '../../../../src/engine/sampling/noise-streams';
import { Pipeline } from '../../../../src/engine/sampling/pipeline';
import { NoiseSchedule } from '../../../../src/engine/sampling/schedule';
import { parseSchedulerConfig } from '../../../../src/engine/sampling/scheduler-config';
import { float32 } from '../../../../src/engine/tensors/tensor';
import { golden2, rows, type GoldenTensors } from '../../../support/golden';
import { temporaryFolder } from '../../../support/worker-harness';

type Pair = readonly [number, number];

interface Run {
  readonly run: string;
  readonly scheduler: string;
  readonly scheduler_config: object;
  readonly steps: number;
  readonly guidance_scale: number;
  readonly prompts?: string[];
  readonly prompt?: string;
  readonly negative_prompt: string | null;
  readonly width: number;
  readonly height: number;
  readonly unet?: string;
  readonly original_size?: Pair;
  readonly crops_coords_top_left?: Pair;
  readonly target_size?: Pair;
  readonly negative_original_size?: Pair;
  readonly negative_crops_coords_top_left?: Pair;
  readonly negative_target_size?: Pair;
}

const folders = ['sdxl', 'sd1_single/sd1', 'sd1_single/sd2'].filter(
  (folder) => golden2.files(new RegExp(`^${folder}/runs\\.json$`)).length > 0,
);

/** With another UNet of the set in its place, where a run says so. */
async function opened(folder: string, unet = 'pipeline/unet'): Promise<OpenedModel> {
  const model = await openModel(golden2.path(`${folder}/pipeline`));
  if (unet === 'pipeline/unet') return model;
  const config = golden2.json(`${folder}/${unet}/config.json`);
  const weights = golden2.path(path.posix.join(folder, unet, 'diffusion_pytorch_model.safetensors'));
  return { ...model, components: { ...model.components, unet: { ...model.components['unet']!, config, weights } } };
}

function withSizes(conditioning: Conditioning, sizes: readonly (Pair | undefined)[]): Conditioning {
  const numbers = sizes.flatMap((pair) => pair ?? []);
  return numbers.length === 0 ? conditioning : { ...conditioning, sizes: float32(numbers, [1, numbers.length]) };
}

describe.skipIf(!golden2.isPresent).each(folders)('golden runs of %s (FOURSTEP_GOLDEN2)', (folder) => {
  const { runs } = golden2.json(`${folder}/runs.json`) as { runs: Run[] };
  const models = new Map<string, DiffusionModel>();
  let io: GoldenTensors;

  beforeAll(async () => {
    io = await golden2.tensors(`${folder}/runs.safetensors`);
    for (const unet of new Set(runs.map((run) => run.unet ?? 'pipeline/unet'))) {
      const model = await opened(folder, unet);
      models.set(unet, await loadModel(model, { device: 'cpu', cacheFolder: temporaryFolder() }));
    }
  });
  afterAll(async () => {
    for (const model of models.values()) await model.release();
  });

  /** Replays the stored noise of one item, in the order of need. */
  function storedNoise(item: number): NoiseSource {
    let drawn = 0;
    const latents = io.float('latents');
    return {
      latents: () => rows(latents, Math.min(item, (latents.shape[0] ?? 1) - 1), 1).data,
      encode: () => expect.fail('there is no picture to encode'),
      addNoise: () => expect.fail('there is no picture to noise'),
      step: () => {
        const noise = io.float('noise');
        const one = rows(noise, drawn++, 1);
        return rows({ ...one, shape: one.shape.slice(1) }, item, 1).data;
      },
    };
  }

  it.each(runs)('$run', async (run) => {
    const { parts, pipeline } = models.get(run.unet ?? 'pipeline/unet')!;
    const base = golden2.json(`${folder}/pipeline/scheduler/scheduler_config.json`) as object;
    const config = parseSchedulerConfig({ ...base, ...run.scheduler_config }, folder, run.scheduler);
    const { prompts, denoiser } = pipeline.parts;
    const own = new Pipeline({ ...pipeline.parts, schedule: new NoiseSchedule(config) });
    const encoded = run.negative_prompt === null ? await prompts.missing() : await prompts.encode(run.negative_prompt);
    const negative = withSizes(encoded, [
      run.negative_original_size,
      run.negative_crops_coords_top_left,
      run.negative_target_size,
    ]);
    const guided = !denoiser.hasGuidanceEmbedding && run.guidance_scale > 1;
    for (const [item, prompt] of (run.prompts ?? [run.prompt ?? '']).entries()) {
      const positive = withSizes(await prompts.encode(prompt), [
        run.original_size,
        run.crops_coords_top_left,
        run.target_size,
      ]);
      const steering = denoiser.steer(positive, guided ? negative : undefined, run.guidance_scale);
      const { width, height, steps } = run;
      const request = { steps, width, height, sampler: samplerOfClass(run.scheduler) };
      const [latents] = await own.denoise(request, steering, [storedNoise(item)]);
      const stored = io.float(`${run.run}.latents_per_step`);
      const last = rows(stored, (stored.shape[0] ?? 1) - 1, 1);
      const expected = rows({ ...last, shape: last.shape.slice(1) }, item, 1).data;
      expect(latents!.data, `latents ${item}`).toBeAllclose(expected, io.tolerance(`${run.run}.latents_per_step`));
      const decoded = await parts.autoencoder.decode(latents!);
      const image = decoded.data.map((value) => Math.min(Math.max(value / 2 + 0.5, 0), 1));
      expect(image, `picture ${item}`).toBeAllclose(
        rows(io.float(`${run.run}.image`), item, 1).data,
        io.tolerance(`${run.run}.image`),
      );
    }
  });
});
