/** Training parts around a UNet of a few thousand weights: real sessions, real draws, random examples. */
import path from 'node:path';
import { openWeights } from '../../src/engine/checkpoints/safetensors';
import { writeSafetensors } from '../../src/engine/checkpoints/safetensors-writer';
import { unetDenoiser } from '../../src/engine/families/unet-denoiser';
import { parseUNetConfig, type UNetConfig } from '../../src/engine/networks/unet-config';
import { NoiseSchedule } from '../../src/engine/sampling/schedule';
import { parseSchedulerConfig } from '../../src/engine/sampling/scheduler-config';
import { normalNoise } from '../../src/engine/tensors/noise';
import { float32, sizeOf, type Tensor } from '../../src/engine/tensors/tensor';
import type { Checkpoint } from '../../src/engine/training/checkpoint';
import {
  freshCheckpoint,
  openTraining,
  sessionOptions,
  type TrainingRequest,
} from '../../src/engine/training/open-training';
import { trainingSettings, type TrainingSettings } from '../../src/engine/training/settings';
import type { TrainerHooks, TrainerParts } from '../../src/engine/training/trainer';
import {
  trainingSessions,
  type TrainableModel,
  type TrainingSessions,
} from '../../src/engine/training/training-sessions';
import type { EncodedExample } from '../../src/engine/training/training-set';
import { tinyConfig, tinyLayout, tinyWeights } from './tiny-models';

const SIZE = 4;
const TOKENS = 5;
/** Of the guidance embedding, which the stored model lacks. */
const GUIDANCE_WIDTH = 6;

export interface TinyUNet {
  readonly config: UNetConfig;
  readonly model: TrainableModel;
  /** Made once for every combination of settings that changes a graph. */
  readonly sessions: Map<string, TrainingSessions>;
}

/** A UNet with guidance embedding, written into `folder`; with changes to its config and without the tensors that these leave out. */
export async function tinyGuidedUNet(folder: string, changes: object = {}, without = /^$/): Promise<TinyUNet> {
  const layout = tinyLayout('unet_single');
  const json = { ...tinyConfig('unet_single'), time_cond_proj_dim: GUIDANCE_WIDTH, ...changes };
  const config = parseUNetConfig(json, 'unet_single');
  const projection = { 'time_embedding.cond_proj.weight': [config.blockOutChannels[0]!, GUIDANCE_WIDTH] };
  const tensors = Object.entries({ ...layout.tensors, ...projection }).filter(([key]) => !without.test(key));
  const file = path.join(folder, 'unet.safetensors');
  await writeSafetensors(file, tinyWeights({ ...layout, tensors: Object.fromEntries(tensors) }));
  const scheduler = parseSchedulerConfig({ prediction_type: 'v_prediction' }, 'tiny', 'LCMScheduler');
  const model: TrainableModel = {
    denoiser: unetDenoiser(config, 'unet'),
    weights: await openWeights(file),
    schedule: new NoiseSchedule(scheduler),
    device: 'cpu',
    origin: folder,
    emptyPrompt: () => Promise.resolve(tinyExamples(config, 1, 50)[0]!.conditioning),
  };
  return { config, model, sessions: new Map() };
}

export async function releaseTinyUNet({ sessions }: TinyUNet): Promise<void> {
  for (const each of sessions.values()) await each.release();
}

export interface TinyTraining {
  readonly parts: TrainerParts;
  readonly settings: TrainingSettings;
  /** The state at the beginning, new at every call. */
  readonly fresh: () => Checkpoint;
}

/** Eight pictures to learn from and two held out. */
export function tinyRequest({ config, model }: TinyUNet, asked: Partial<TrainingSettings>): TrainingRequest {
  return {
    model,
    modelHash: 'tiny',
    goal: 'style',
    examples: { learned: tinyExamples(config, 8), heldOut: tinyExamples(config, 2, 100), hash: 'noise' },
    settings: trainingSettings({ ...TINY_SETTINGS, ...asked }),
  };
}

export async function tinyTraining(tiny: TinyUNet, asked: Partial<TrainingSettings>): Promise<TinyTraining> {
  const request = tinyRequest(tiny, asked);
  const { parts } = await openTraining({ ...request, sessions: await sessionsFor(tiny, request) });
  return {
    // So few held-out pictures decide nothing in the product.
    parts: { ...parts, gaugeDecides: true },
    settings: request.settings,
    fresh: () => freshCheckpoint(request),
  };
}

async function sessionsFor({ sessions }: TinyUNet, request: TrainingRequest): Promise<TrainingSessions> {
  const { distance, batchSize, rank, alpha, targets, blocks, weighting } = request.settings;
  const key = JSON.stringify({ distance, batchSize, rank, alpha, targets, blocks, weighting });
  const made = sessions.get(key) ?? (await trainingSessions(request.model, sessionOptions(request)));
  sessions.set(key, made);
  return made;
}

const TINY_SETTINGS: Partial<TrainingSettings> = {
  rank: 2,
  alpha: 2,
  targets: ['attention', 'convolutions', 'time'],
  steps: 9,
  batchSize: 2,
  warmupSteps: 3,
  // Below every norm, so that each step is clipped.
  clip: 1e-3,
  gaugeEvery: 4,
  probeEvery: 5,
  checkpointEvery: 3,
};

export function tinyExamples(config: UNetConfig, count: number, stream = 0): EncodedExample[] {
  const noise = (shape: readonly number[], index: number): Tensor<'float32'> =>
    float32(normalNoise(11, stream + index, sizeOf(shape)), shape);
  return Array.from({ length: count }, (_, i) => ({
    latents: noise([1, config.inChannels, SIZE, SIZE], 2 * i),
    conditioning: { context: noise([1, TOKENS, config.crossAttentionDim], 2 * i + 1) },
  }));
}

/** Hooks that let a training run, with some of them replaced. */
export function tinyHooks(given: Partial<TrainerHooks> = {}): TrainerHooks {
  const nothing = (): void => undefined;
  return {
    ready: () => Promise.resolve('go'),
    turn: (work) => work(),
    onStep: nothing,
    onGauge: nothing,
    onProbes: () => Promise.resolve(),
    save: () => Promise.resolve(),
    ...given,
  };
}
