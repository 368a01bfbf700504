/** scheduler_config.json: the part that fixes the noise schedule and what the model predicts. */
import * as v from 'valibot';
import { UserError } from '../../domain/errors';
import { parseConfig, positive, type Supported } from '../networks/config';

export type PredictionType = 'epsilon' | 'v_prediction' | 'sample';

export interface SchedulerConfig {
  /** "LCMScheduler", "DDIMScheduler" … : says which sampler the checkpoint was made for. */
  readonly className: string;
  readonly numTrainTimesteps: number;
  readonly betaSchedule: 'linear' | 'scaled_linear';
  readonly betaStart: number;
  readonly betaEnd: number;
  readonly trainedBetas: readonly number[] | undefined;
  readonly predictionType: PredictionType;
  readonly clipSample: boolean;
  readonly clipSampleRange: number;
  readonly thresholding: boolean;
  readonly dynamicThresholdingRatio: number;
  readonly sampleMaxValue: number;
  readonly setAlphaToOne: boolean;
  readonly stepsOffset: number;
  readonly timestepSpacing: 'leading' | 'trailing' | 'linspace';
  readonly originalInferenceSteps: number;
  readonly timestepScaling: number;
  /** What the file says, would change the picture and is not followed: "use_karras_sigmas = true". */
  readonly ignored: readonly string[];
}

/** All of these add noise as {@link NoiseSchedule} does; flow matching and EDM schedulers do not. */
const CLASSES: readonly string[] = [
  'LCMScheduler',
  'DDIMScheduler',
  'DDPMScheduler',
  'DEISMultistepScheduler',
  'DPMSolverMultistepScheduler',
  'DPMSolverSinglestepScheduler',
  'EulerAncestralDiscreteScheduler',
  'EulerDiscreteScheduler',
  'HeunDiscreteScheduler',
  'KDPM2AncestralDiscreteScheduler',
  'KDPM2DiscreteScheduler',
  'LMSDiscreteScheduler',
  'PNDMScheduler',
  'UniPCMultistepScheduler',
];

const SUPPORTED: Supported = {
  rescale_betas_zero_snr: [false],
  use_flow_sigmas: [false],
  variance_type: ['fixed_small'],
};

/**
 * Fields of DPM-Solver and its relatives that are not followed, with the values that change nothing here: what our sampler does,
 * and the defaults of classes that it stands for (diffusers schedulers/scheduling_*.py).
 */
const NOT_FOLLOWED: Readonly<Record<string, readonly unknown[]>> = {
  use_karras_sigmas: [false],
  use_exponential_sigmas: [false],
  use_beta_sigmas: [false],
  use_lu_lambdas: [false],
  solver_order: [2],
  algorithm_type: ['dpmsolver++', 'deis'],
  solver_type: ['midpoint', 'bh1', 'bh2', 'logrho'],
  final_sigmas_type: ['zero'],
  lambda_min_clipped: [-Infinity],
  interpolation_type: ['linear'],
  timestep_type: ['discrete'],
  sigma_min: [],
  sigma_max: [],
};

function ignoredFields(json: unknown): string[] {
  const fields = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  return Object.entries(NOT_FOLLOWED).flatMap(([field, harmless]) => {
    const value = fields[field];
    if (value === undefined || value === null || harmless.includes(value)) return [];
    return [`${field} = ${typeof value === 'number' ? value : JSON.stringify(value).slice(0, 60)}`];
  });
}

const beta = v.pipe(positive, v.ltValue(1));
const whole = v.pipe(v.number(), v.integer(), v.minValue(0));

const schema = v.object({
  _class_name: v.optional(v.string(), 'LCMScheduler'),
  num_train_timesteps: v.optional(v.pipe(whole, v.minValue(1), v.maxValue(100_000)), 1000),
  beta_schedule: v.optional(v.picklist(['linear', 'scaled_linear']), 'scaled_linear'),
  beta_start: v.optional(beta, 0.00085),
  beta_end: v.optional(beta, 0.012),
  trained_betas: v.nullish(v.array(beta)),
  prediction_type: v.optional(v.picklist(['epsilon', 'v_prediction', 'sample']), 'epsilon'),
  clip_sample: v.optional(v.boolean(), false),
  clip_sample_range: v.optional(positive, 1),
  thresholding: v.optional(v.boolean(), false),
  dynamic_thresholding_ratio: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.995),
  sample_max_value: v.optional(positive, 1),
  set_alpha_to_one: v.optional(v.boolean(), true),
  steps_offset: v.optional(whole, 0),
  timestep_spacing: v.optional(v.picklist(['leading', 'trailing', 'linspace']), 'leading'),
  original_inference_steps: v.optional(v.pipe(whole, v.minValue(1)), 50),
  timestep_scaling: v.optional(positive, 10),
});

/**
 * Parses scheduler_config.json with diffusers' defaults for LCMScheduler. `className` is what model_index.json says; it
 * counts more than the file's own "_class_name", as in diffusers. Throws naming the field and the value.
 */
export function parseSchedulerConfig(json: unknown, origin: string, className?: string): SchedulerConfig {
  const config = parseConfig(json, { schema, supported: SUPPORTED, origin });
  const scheduler = className ?? config._class_name;
  if (!CLASSES.includes(scheduler)) {
    throw new UserError(
      'unsupported',
      `${origin}: the scheduler is "${scheduler}", which Fourstep does not support (supported: ${CLASSES.join(', ')}).`,
    );
  }
  const trainedBetas = config.trained_betas ?? undefined;
  if (trainedBetas !== undefined && trainedBetas.length !== config.num_train_timesteps) {
    throw new UserError(
      'bad-checkpoint',
      `${origin}: "trained_betas" has ${trainedBetas.length} entries, expected num_train_timesteps = ${config.num_train_timesteps}.`,
    );
  }
  return {
    className: scheduler,
    numTrainTimesteps: config.num_train_timesteps,
    betaSchedule: config.beta_schedule,
    betaStart: config.beta_start,
    betaEnd: config.beta_end,
    trainedBetas,
    predictionType: config.prediction_type,
    clipSample: config.clip_sample,
    clipSampleRange: config.clip_sample_range,
    thresholding: config.thresholding,
    dynamicThresholdingRatio: config.dynamic_thresholding_ratio,
    sampleMaxValue: config.sample_max_value,
    setAlphaToOne: config.set_alpha_to_one,
    stepsOffset: config.steps_offset,
    timestepSpacing: config.timestep_spacing,
    originalInferenceSteps: config.original_inference_steps,
    timestepScaling: config.timestep_scaling,
    ignored: ignoredFields(json),
  };
}
