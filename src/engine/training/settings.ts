/** Settings of consistency training and their defaults. */
import { DISTILLATION } from '../../domain/distillation';
import { UserError } from '../../domain/errors';
import { TRAINING_RANGES } from '../../domain/limits';
import { isWithin, rangeText, type NumberRange } from '../../domain/range';
import { STYLE_START } from '../../domain/style';
import { ADAMW_DEFAULTS } from './adamw';
import type { LossWeighting } from './consistency';
import { LORA_BLOCK_NAMES, LORA_TARGET_NAMES, type LoraShape } from './lora-targets';
import type { Distance } from './training-graph';
import type { StepSettings } from './optimizer-step';

export interface TrainingSettings extends LoraShape, StepSettings {
  /** Optimiser steps. */
  readonly steps: number;
  readonly batchSize: number;
  /** Batches whose gradients make one step. */
  readonly accumulation: number;
  /** Steps in which the learning rate rises to its full value. */
  readonly warmupSteps: number;
  readonly seed: number;
  /** k: timesteps between the two points of a pair at the end of the training. */
  readonly skip: number;
  /** k at its beginning, and the steps after which it is halved. */
  readonly firstSkip: number;
  readonly halveSkipEvery: number;
  /** Share of the noise schedule, from the noisy end, that is not trained on, because the LoRA begins after it. */
  readonly start: number;
  /** Range of the guidance w, in the paper's convention. */
  readonly omega: readonly [lowest: number, highest: number];
  readonly distance: Distance;
  readonly weighting: LossWeighting;
  /** Steps between checkpoints, between gauge readings and between probe grids. */
  readonly checkpointEvery: number;
  readonly gaugeEvery: number;
  readonly probeEvery: number;
}

/** Chosen by experiment (research/fine-tuning/REPORT.md, "Defaults"). */
export const TRAINING_DEFAULTS: TrainingSettings = {
  ...ADAMW_DEFAULTS,
  rank: 8,
  alpha: 8,
  targets: ['attention', 'feed-forward', 'convolutions', 'projections'],
  // What is drawn is found on the way down, how it is drawn on the way up; there is also less to differentiate.
  blocks: ['up'],
  learningRate: 1e-3,
  averageRate: 0.99,
  clip: 1,
  steps: 800,
  batchSize: 8,
  accumulation: 1,
  warmupSteps: 20,
  seed: 0,
  // Far more than the paper's 20: what is learned near t = 0 reaches the noisy end in one hop, and a training is short.
  skip: 400,
  firstSkip: 800,
  halveSkipEvery: 50,
  // Where a style is not used it need not be learned, and what is drawn, which is decided there, is not disturbed.
  start: STYLE_START,
  // Icons are pictures without guidance: w = 0. What the model knows of w > 0 stays as it is.
  omega: [0, 0],
  distance: { kind: 'l2' },
  weighting: 'velocity',
  checkpointEvery: 5,
  gaugeEvery: 25,
  probeEvery: 50,
};

/** Of diffusers' LoRA distillation script, with fewer steps. */
export const DISTILLATION_DEFAULTS: TrainingSettings = {
  ...TRAINING_DEFAULTS,
  ...DISTILLATION,
  alpha: DISTILLATION.rank,
  targets: LORA_TARGET_NAMES,
  blocks: LORA_BLOCK_NAMES,
  averageRate: 0.95,
  skip: 20,
  firstSkip: 20,
  start: 0,
  distance: { kind: 'huber', c: 0.001 },
  weighting: 'picture',
};

type NumberSetting = {
  [K in keyof TrainingSettings]: TrainingSettings[K] extends number ? K : never;
}[keyof TrainingSettings];

const { omega: OMEGA, ...CHOSEN } = TRAINING_RANGES;
/** Those a user may change, and those with one good value. */
const LIMITS: Readonly<Partial<Record<NumberSetting, NumberRange>>> = {
  ...CHOSEN,
  accumulation: { least: 1, most: 1024, whole: true },
  warmupSteps: { least: 0, most: 1_000_000, whole: true },
  skip: { least: 1, most: 1000, whole: true },
  firstSkip: { least: 1, most: 1000, whole: true },
  halveSkipEvery: { least: 1, most: 1_000_000, whole: true },
  start: { least: 0, most: 0.9 },
  weightDecay: { least: 0, most: 1 },
  clip: { least: 1e-6, most: Infinity },
  averageRate: { least: 0, most: 0.999999 },
  gaugeEvery: { least: 1, most: 1_000_000, whole: true },
  probeEvery: { least: 1, most: 1_000_000, whole: true },
};

const WEIGHTINGS: readonly LossWeighting[] = ['picture', 'velocity'];

/** `defaults` with what was asked for. Throws `bad-request` naming the setting, its value and its range. */
export function trainingSettings(asked: Partial<TrainingSettings>, defaults = TRAINING_DEFAULTS): TrainingSettings {
  const settings = { ...defaults, ...asked };
  const { omega, distance, weighting, targets, blocks } = settings;
  for (const [name, limit] of Object.entries(LIMITS)) {
    const value = settings[name as NumberSetting];
    demand(isWithin(value, limit), name, value, rangeText(limit));
  }
  demand(
    settings.firstSkip >= settings.skip,
    'firstSkip',
    settings.firstSkip,
    `at least skip, which is ${settings.skip}`,
  );
  const [lowest, highest] = omega;
  const rises = isWithin(lowest, OMEGA) && isWithin(highest, OMEGA) && lowest <= highest;
  const two = `two numbers from ${OMEGA.least} to ${OMEGA.most}, the lower one first`;
  demand(rises, 'omega', `[${omega.join(', ')}]`, two);
  if (distance.kind === 'huber') demand(distance.c > 0, 'distance.c', distance.c, 'a number above 0');
  demand(WEIGHTINGS.includes(weighting), 'weighting', `"${weighting}"`, `one of ${WEIGHTINGS.join(', ')}`);
  const known = targets.length > 0 && targets.every((target) => LORA_TARGET_NAMES.includes(target));
  demand(known, 'targets', `"${targets.join(', ')}"`, `some of ${LORA_TARGET_NAMES.join(', ')}`);
  const inside = blocks.length > 0 && blocks.every((block) => LORA_BLOCK_NAMES.includes(block));
  demand(inside, 'blocks', `"${blocks.join(', ')}"`, `some of ${LORA_BLOCK_NAMES.join(', ')}`);
  return settings;
}

function demand(met: boolean, name: string, value: number | string, expected: string): void {
  if (!met) throw new UserError('bad-request', `${name} is ${value}; expected ${expected}.`);
}
