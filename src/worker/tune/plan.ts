/** What a training will take: its settings, time and memory, before it starts. */
import { memoryNeeded, PROCESS_BYTES } from '../../engine/sampling/info';
import type { Pipeline } from '../../engine/sampling/pipeline';
import type { TrainingSettings } from '../../engine/training/settings';
import type { TunePlan, TunePlanParams } from '../../contract/tune-api';
import type { Engine, EngineJob } from '../engine';
import { PaceFile, type Pace } from './pace';
import { PROBE_STEPS } from './probes';
import { tuneSettings } from './tune-settings';

export interface PlannerOptions {
  readonly engine: Engine;
  readonly cacheFolder: string;
}

/** A step is a forward pass for the target, and one with gradients, in forward passes (bench/README.md, "Training step"). */
const PASSES_PER_STEP = 4.5;
/** Peak of a training in multiples of the weights and activations of generating. */
const MEMORY_FACTOR = 3;
/** The second set of sessions, pictures and drawn icons. A training on the built-in model peaked at 530 to 600 MB (VmHWM, Linux). */
const TRAINER_BYTES = 135e6;
/** Loading, encoding and saving. */
const SECONDS_AROUND = 10;
/** The usual number of probes. */
const PROBES = 8;
/** Two readings for each of the gauge's time points. */
const GAUGE_PASSES_PER_ICON = 8;
const MOST_GAUGE_ICONS = 32;

/** Measures one picture on this machine unless a training has run here before. Throws as loading does. */
export async function planTraining(
  { engine, cacheFolder }: PlannerOptions,
  { modelPath, device: asked, icons, settings }: TunePlanParams,
  signal: AbortSignal,
): Promise<TunePlan> {
  const full = tuneSettings(settings, icons);
  const device = await engine.devices.choose(asked);
  const known = await new PaceFile(cacheFolder).read({ modelPath, device });
  const pace = known ?? (await estimated(engine, { modelPath, device, signal }));
  const { rank, alpha, targets, learningRate, steps, batchSize, seed } = full;
  return {
    settings: { rank, alpha, targets, learningRate, steps, batchSize, seed },
    seconds: secondsOf(full, pace, icons),
    memoryBytes: pace.memoryBytes,
    measured: known !== undefined,
  };
}

async function estimated(engine: Engine, job: EngineJob): Promise<Pace> {
  const { value } = await engine.run(job, async ({ pipeline }) => ({
    secondsPerPicture: PASSES_PER_STEP * (await forwardSeconds(pipeline)),
    memoryBytes: trainingMemory(pipeline),
  }));
  return value;
}

function trainingMemory({ info }: Pipeline): number {
  const { width, height } = info.defaultSize;
  return PROCESS_BYTES + TRAINER_BYTES + MEMORY_FACTOR * memoryNeeded(info, width, height);
}

/** One pass of the UNet for one picture; the first run also makes the sessions, so it does not count. */
async function forwardSeconds(pipeline: Pipeline): Promise<number> {
  const passes = 2;
  const { defaultSize, defaultSampler } = pipeline.info;
  const request = { prompt: 'icon', negativePrompt: '', seeds: [0], guidance: 1, sampler: defaultSampler };
  await pipeline.generate({ ...request, ...defaultSize, steps: 1 });
  const { timings } = await pipeline.generate({ ...request, ...defaultSize, steps: passes });
  return timings.denoise / 1000 / passes;
}

function secondsOf(settings: TrainingSettings, { secondsPerPicture }: Pace, icons: number): number {
  const { steps, batchSize, accumulation, gaugeEvery, probeEvery } = settings;
  const forward = secondsPerPicture / PASSES_PER_STEP;
  const gauge = forward * GAUGE_PASSES_PER_ICON * Math.min(MOST_GAUGE_ICONS, icons / 10);
  const probes = forward * PROBE_STEPS * PROBES;
  const training = steps * batchSize * accumulation * secondsPerPicture;
  const observing = gauge * (steps / gaugeEvery) + probes * (steps / probeEvery);
  return SECONDS_AROUND + training + observing + forward * icons;
}
