/** Training parts around a UNet of a few thousand weights: real sessions, real draws, random examples. */
import path from 'node:path';
import { NoiseSchedule } from '../../src/engine/sampling/schedule';
import { parseSchedulerConfig } from '../../src/engine/sampling/scheduler-config';
import { buildUNet } from '../../src/engine/networks/unet';
import { parseUNetConfig, type UNetConfig } from '../../src/engine/networks/unet-config';
import { CPU_FORM } from '../../src/engine/graph/graph';
import { createSession, type Session } from '../../src/engine/runtime/session';
import { normalNoise } from '../../src/engine/tensors/noise';
import { openWeights } from '../../src/engine/checkpoints/safetensors';
import { writeSafetensors } from '../../src/engine/checkpoints/safetensors-writer';
import { float32, sizeOf, type Tensor } from '../../src/engine/tensors/tensor';
import type { WeightSource } from '../../src/engine/checkpoints/weight-source';
import type { Checkpoint } from '../../src/engine/training/checkpoint';
import { timePairs } from '../../src/engine/training/consistency';
import { pairsAt } from '../../src/engine/training/shrinking-skip';
import { DrawSource } from '../../src/engine/training/draw';
import { Gauge } from '../../src/engine/training/gauge';
import { initialLora, targetLayers } from '../../src/engine/training/lora-layers';
import { OnlineNetwork, TargetNetwork } from '../../src/engine/training/networks';
import { sameNoise } from '../../src/engine/training/second-point';
import { trainingSettings, type TrainingSettings } from '../../src/engine/training/settings';
import type { TrainerHooks, TrainerParts } from '../../src/engine/training/trainer';
import { buildTrainingGraph } from '../../src/engine/training/training-graph';
import type { EncodedExample } from '../../src/engine/training/training-set';
import { freshState } from '../../src/engine/training/training-state';
import { tinyConfig, tinyLayout, tinyWeights } from './tiny-models';

const SIZE = 4;
const TOKENS = 5;
/** Of the guidance embedding, which the stored model lacks. */
const GUIDANCE_WIDTH = 6;

export interface TinyUNet {
  readonly config: UNetConfig;
  readonly weights: WeightSource;
  /** Made once for every combination of settings that changes a graph. */
  readonly sessions: Map<string, TinySessions>;
}

interface TinySessions {
  readonly online: Session;
  readonly frozen: Session;
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
  return { config, weights: await openWeights(file), sessions: new Map() };
}

export async function releaseTinyUNet({ sessions }: TinyUNet): Promise<void> {
  for (const { online, frozen } of sessions.values()) {
    await online.release();
    await frozen.release();
  }
}

export interface TinyTraining {
  readonly parts: TrainerParts;
  readonly settings: TrainingSettings;
  /** The state at the beginning, new at every call. */
  readonly fresh: () => Checkpoint;
}

/** Eight pictures to learn from and two held out. */
export async function tinyTraining(model: TinyUNet, asked: Partial<TrainingSettings>): Promise<TinyTraining> {
  const { config, weights } = model;
  const settings = trainingSettings({ ...TINY_SETTINGS, ...asked });
  const scheduler = parseSchedulerConfig({ prediction_type: 'v_prediction' }, 'tiny', 'LCMScheduler');
  const schedule = new NoiseSchedule(scheduler);
  const { online, frozen } = await sessionsFor(model, settings);
  const target = new TargetNetwork(config, schedule, frozen);
  const pairs = timePairs(schedule, settings.skip, settings.start);
  return {
    parts: {
      schedule,
      online: new OnlineNetwork(config, schedule, online, settings.weighting),
      target,
      secondPoint: sameNoise(schedule),
      draws: new DrawSource(tinyExamples(config, 8), pairsAt(schedule, settings), config, settings),
      gauge: new Gauge(target, tinyExamples(config, 2, 100), { ...settings, pairs }),
      gaugeDecides: true,
    },
    settings,
    fresh: () => ({
      state: freshState(initialLora(weights, targetLayers(weights, settings), settings.seed)),
      record: { identity: { model: 'tiny', data: 'noise', settings }, loss: [], gauge: [], best: undefined },
      best: new Map(),
    }),
  };
}

async function sessionsFor(
  { config, weights, sessions }: TinyUNet,
  { distance, batchSize, rank, alpha, targets, blocks }: TrainingSettings,
): Promise<TinySessions> {
  const key = JSON.stringify({ distance, batchSize, rank, alpha, targets, blocks });
  const known = sessions.get(key);
  if (known !== undefined) return known;
  const lora = targetLayers(weights, { rank, alpha, targets, blocks });
  const sizes = { batch: batchSize, height: SIZE, width: SIZE, tokens: TOKENS };
  const on = { device: 'cpu', profile: 'mapped', threads: 1 } as const;
  const made = {
    online: await createSession(buildTrainingGraph({ config, weights, lora, sizes, distance, form: CPU_FORM }), on),
    frozen: await createSession(buildUNet(config, weights, { lora }), on),
  };
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
    context: noise([1, TOKENS, config.crossAttentionDim], 2 * i + 1),
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
