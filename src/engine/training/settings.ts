/** Settings of consistency training and their defaults. */
import { UserError } from '../../base/errors';
import { ADAMW_DEFAULTS } from './adamw';
import { LORA_TARGET_NAMES, type LoraShape } from './lora-layers';
import type { Distance } from './loss';
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
  /** k: timesteps between the two points of a pair. */
  readonly skip: number;
  /** Range of the guidance w, in the paper's convention. */
  readonly omega: readonly [lowest: number, highest: number];
  readonly distance: Distance;
  /** Steps between checkpoints, between gauge readings and between probe grids. */
  readonly checkpointEvery: number;
  readonly gaugeEvery: number;
  readonly probeEvery: number;
}

/** Chosen by experiment (bench/README.md, "Fine-tuning"). */
export const TRAINING_DEFAULTS: TrainingSettings = {
  ...ADAMW_DEFAULTS,
  rank: 8,
  alpha: 8,
  targets: ['attention', 'feed-forward', 'convolutions', 'projections'],
  learningRate: 1e-3,
  averageRate: 0.95,
  clip: 1,
  steps: 400,
  batchSize: 8,
  accumulation: 1,
  warmupSteps: 20,
  seed: 0,
  skip: 20,
  omega: [1, 3],
  distance: { kind: 'huber', c: 0.001 },
  checkpointEvery: 50,
  gaugeEvery: 25,
  probeEvery: 50,
};

type NumberSetting = {
  [K in keyof TrainingSettings]: TrainingSettings[K] extends number ? K : never;
}[keyof TrainingSettings];

interface Limit {
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
}

const LIMITS: Readonly<Partial<Record<NumberSetting, Limit>>> = {
  rank: { least: 1, most: 1024, whole: true },
  alpha: { least: 1e-3, most: 4096, whole: false },
  learningRate: { least: 1e-8, most: 1, whole: false },
  steps: { least: 1, most: 1_000_000, whole: true },
  batchSize: { least: 1, most: 256, whole: true },
  accumulation: { least: 1, most: 1024, whole: true },
  warmupSteps: { least: 0, most: 1_000_000, whole: true },
  seed: { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true },
  skip: { least: 1, most: 1000, whole: true },
  averageRate: { least: 0, most: 0.999999, whole: false },
  checkpointEvery: { least: 1, most: 1_000_000, whole: true },
  gaugeEvery: { least: 1, most: 1_000_000, whole: true },
  probeEvery: { least: 1, most: 1_000_000, whole: true },
};

/** The defaults with what was asked for. Throws `bad-request` naming the setting, its value and its range. */
export function trainingSettings(asked: Partial<TrainingSettings>): TrainingSettings {
  const settings = { ...TRAINING_DEFAULTS, ...asked };
  for (const [name, { least, most, whole }] of Object.entries(LIMITS)) {
    const value = settings[name as NumberSetting];
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) continue;
    throw new UserError(
      'bad-request',
      `${name} is ${value}; expected a ${whole ? 'whole ' : ''}number from ${least} to ${most}.`,
    );
  }
  const unknown = settings.targets.find((target) => !LORA_TARGET_NAMES.includes(target));
  if (unknown !== undefined || settings.targets.length === 0) {
    throw new UserError(
      'bad-request',
      `targets is "${settings.targets.join(', ')}"; expected some of ${LORA_TARGET_NAMES.join(', ')}.`,
    );
  }
  return settings;
}
