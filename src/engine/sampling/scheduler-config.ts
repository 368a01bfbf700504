/** scheduler_config.json: the part that fixes the noise schedule and what the model predicts. */
import * as v from 'valibot';
import { UserError } from '../../domain/errors';
import { parseConfig, positive, type Supported } from '../networks/config';

export type PredictionType = 'epsilon' | 'v_prediction' | 'sample';

export interface SchedulerConfig {
  /** "LCMScheduler", "DDIMScheduler" … : says which sampler the checkpoint was made for. */
  readonly className: string;
  readonly numTrainTimesteps: number;
  readonly betaSchedule: BetaSchedule;
  readonly betaStart: number;
  readonly betaEnd: number;
  readonly trainedBetas: readonly number[] | undefined;
  /** The last training timestep is pure noise (Lin et al. 2023, arXiv 2305.08891). */
  readonly zeroSnr: boolean;
  readonly predictionType: PredictionType;
  readonly clipSample: boolean;
  readonly clipSampleRange: number;
  readonly thresholding: boolean;
  readonly dynamicThresholdingRatio: number;
  readonly sampleMaxValue: number;
  readonly setAlphaToOne: boolean;
  readonly stepsOffset: number;
  readonly timestepSpacing: TimestepSpacing;
  /** What the file says itself; samplers of other classes have defaults of their own. */
  readonly stated: {
    readonly timestepSpacing?: TimestepSpacing | undefined;
    readonly finalSigma?: FinalSigma | undefined;
  };
  readonly originalInferenceSteps: number;
  readonly timestepScaling: number;
  readonly solver: SolverConfig;
  /** What the file says, would change the picture and is not followed: "use_lu_lambdas = true". */
  readonly ignored: readonly string[];
}

export type BetaSchedule = 'linear' | 'scaled_linear' | 'squaredcos_cap_v2';
type FinalSigma = 'zero' | 'sigma_min';
export type TimestepSpacing = 'leading' | 'trailing' | 'linspace';

/** Of the samplers that step through levels of noise, and of those that remember earlier steps. */
export interface SolverConfig {
  readonly karrasSigmas: boolean;
  /** What the last step ends at: no noise, or that of the first training timestep. */
  readonly finalSigma: FinalSigma;
  /** Points that a step looks at, 1 to 3. */
  readonly order: number;
  /** DPM-Solver++ draws noise in every step. */
  readonly stochastic: boolean;
  /** 'heun' and 'midpoint' of DPM-Solver++, 'bh1' and 'bh2' of UniPC; absent: the class's own. */
  readonly type: string | undefined;
  readonly lowerOrderFinal: boolean;
  readonly eulerAtFinal: boolean;
  /** Steps of UniPC after which nothing is corrected. */
  readonly uncorrected: readonly number[];
}

interface ClassDefaults {
  readonly timestepSpacing: TimestepSpacing;
  /** LCM's and TCD's defaults are Stable Diffusion's schedule, those of the others DDPM's. */
  readonly stableDiffusion?: boolean;
  readonly clipSample?: boolean;
  readonly setAlphaToOne?: boolean;
  readonly finalSigma?: FinalSigma;
  /** There is no sampler of that class here; DPM-Solver++ stands for it. */
  readonly isMissing?: boolean;
}

/**
 * Classes of diffusers, with the values of fields that a file leaves out. All of them add noise as {@link NoiseSchedule} does; flow
 * matching and EDM schedulers do not.
 */
const CLASSES: Readonly<Record<string, ClassDefaults>> = {
  LCMScheduler: { timestepSpacing: 'leading', stableDiffusion: true },
  TCDScheduler: { timestepSpacing: 'leading', stableDiffusion: true },
  DDIMScheduler: { timestepSpacing: 'leading', clipSample: true },
  DDPMScheduler: { timestepSpacing: 'leading', clipSample: true, isMissing: true },
  PNDMScheduler: { timestepSpacing: 'leading', setAlphaToOne: false },
  DEISMultistepScheduler: { timestepSpacing: 'linspace', finalSigma: 'sigma_min' },
  DPMSolverMultistepScheduler: { timestepSpacing: 'linspace' },
  DPMSolverSinglestepScheduler: { timestepSpacing: 'linspace', isMissing: true },
  EulerAncestralDiscreteScheduler: { timestepSpacing: 'linspace' },
  EulerDiscreteScheduler: { timestepSpacing: 'linspace' },
  HeunDiscreteScheduler: { timestepSpacing: 'linspace' },
  KDPM2AncestralDiscreteScheduler: { timestepSpacing: 'linspace', isMissing: true },
  KDPM2DiscreteScheduler: { timestepSpacing: 'linspace', isMissing: true },
  LMSDiscreteScheduler: { timestepSpacing: 'linspace', isMissing: true },
  UniPCMultistepScheduler: { timestepSpacing: 'linspace' },
};

const SUPPORTED: Supported = {
  use_flow_sigmas: [false],
  variance_type: ['fixed_small'],
};

/** Fields that are not followed, with the values that change nothing here (diffusers schedulers/scheduling_*.py). */
const NOT_FOLLOWED: Readonly<Record<string, readonly unknown[]>> = {
  use_exponential_sigmas: [false],
  use_beta_sigmas: [false],
  use_lu_lambdas: [false],
  algorithm_type: ['dpmsolver++', 'sde-dpmsolver++', 'deis'],
  lambda_min_clipped: [-Infinity],
  interpolation_type: ['linear'],
  timestep_type: ['discrete'],
  predict_x0: [true],
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
  beta_schedule: v.nullish(v.picklist(['linear', 'scaled_linear', 'squaredcos_cap_v2'])),
  beta_start: v.nullish(beta),
  beta_end: v.nullish(beta),
  trained_betas: v.nullish(v.array(beta)),
  prediction_type: v.optional(v.picklist(['epsilon', 'v_prediction', 'sample']), 'epsilon'),
  clip_sample: v.nullish(v.boolean()),
  clip_sample_range: v.optional(positive, 1),
  thresholding: v.optional(v.boolean(), false),
  dynamic_thresholding_ratio: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.995),
  sample_max_value: v.optional(positive, 1),
  set_alpha_to_one: v.nullish(v.boolean()),
  steps_offset: v.optional(whole, 0),
  timestep_spacing: v.nullish(v.picklist(['leading', 'trailing', 'linspace'])),
  rescale_betas_zero_snr: v.optional(v.boolean(), false),
  use_karras_sigmas: v.nullish(v.boolean()),
  final_sigmas_type: v.nullish(v.picklist(['zero', 'sigma_min'])),
  solver_order: v.nullish(v.pipe(whole, v.minValue(1), v.maxValue(3))),
  solver_type: v.nullish(v.string()),
  algorithm_type: v.nullish(v.string()),
  lower_order_final: v.optional(v.boolean(), true),
  euler_at_final: v.optional(v.boolean(), false),
  disable_corrector: v.optional(v.array(whole), []),
  original_inference_steps: v.optional(v.pipe(whole, v.minValue(1)), 50),
  timestep_scaling: v.optional(positive, 10),
});

/**
 * Parses scheduler_config.json with diffusers' defaults for the class. `className` is what model_index.json says; it
 * counts more than the file's own "_class_name", as in diffusers. Throws naming the field and the value.
 */
export function parseSchedulerConfig(json: unknown, origin: string, className?: string): SchedulerConfig {
  const config = parseConfig(json, { schema, supported: SUPPORTED, origin });
  const scheduler = className ?? config._class_name;
  const defaults = Object.hasOwn(CLASSES, scheduler) ? CLASSES[scheduler] : undefined;
  if (defaults === undefined) {
    throw new UserError(
      'unsupported',
      `${origin}: the scheduler is "${scheduler}", which Fourstep does not support (supported: ${Object.keys(CLASSES).join(', ')}).`,
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
    ...noiseOf(config, defaults),
    trainedBetas,
    predictionType: config.prediction_type,
    clipSample: config.clip_sample ?? defaults.clipSample ?? false,
    clipSampleRange: config.clip_sample_range,
    thresholding: config.thresholding,
    dynamicThresholdingRatio: config.dynamic_thresholding_ratio,
    sampleMaxValue: config.sample_max_value,
    setAlphaToOne: config.set_alpha_to_one ?? defaults.setAlphaToOne ?? true,
    stepsOffset: config.steps_offset,
    stated: {
      timestepSpacing: config.timestep_spacing ?? undefined,
      finalSigma: config.final_sigmas_type ?? undefined,
    },
    timestepSpacing: config.timestep_spacing ?? defaults.timestepSpacing,
    originalInferenceSteps: config.original_inference_steps,
    timestepScaling: config.timestep_scaling,
    solver: solverOf(config, defaults),
    ignored: [...(defaults.isMissing === true ? [`_class_name = "${scheduler}"`] : []), ...ignoredFields(json)],
  };
}

type Fields = v.InferOutput<typeof schema>;

type NoiseFields = 'numTrainTimesteps' | 'betaSchedule' | 'betaStart' | 'betaEnd' | 'zeroSnr';

function noiseOf(config: Fields, { stableDiffusion = false }: ClassDefaults): Pick<SchedulerConfig, NoiseFields> {
  const [schedule, start, end] = stableDiffusion
    ? (['scaled_linear', 0.00085, 0.012] as const)
    : (['linear', 0.0001, 0.02] as const);
  return {
    numTrainTimesteps: config.num_train_timesteps,
    betaSchedule: config.beta_schedule ?? schedule,
    betaStart: config.beta_start ?? start,
    betaEnd: config.beta_end ?? end,
    zeroSnr: config.rescale_betas_zero_snr,
  };
}

function solverOf(config: Fields, defaults: ClassDefaults): SolverConfig {
  return {
    karrasSigmas: config.use_karras_sigmas ?? false,
    finalSigma: finalSigmaOf(defaults, config.final_sigmas_type ?? undefined),
    order: config.solver_order ?? 2,
    stochastic: config.algorithm_type === 'sde-dpmsolver++',
    type: config.solver_type ?? undefined,
    lowerOrderFinal: config.lower_order_final,
    eulerAtFinal: config.euler_at_final,
    uncorrected: config.disable_corrector,
  };
}

/** DEIS always ends at the noise of the first training timestep. */
function finalSigmaOf(defaults: ClassDefaults, stated: FinalSigma | undefined): FinalSigma {
  return defaults.finalSigma ?? stated ?? 'zero';
}

/**
 * The same noise schedule for a sampler of another class: what the file does not say about steps is that class's default, as with
 * diffusers' `from_config`.
 */
export function configForClass(config: SchedulerConfig, className: string): SchedulerConfig {
  const defaults = CLASSES[className];
  if (defaults === undefined || className === config.className) return config;
  const { stated, solver } = config;
  return {
    ...config,
    className,
    timestepSpacing: stated.timestepSpacing ?? defaults.timestepSpacing,
    solver: { ...solver, finalSigma: finalSigmaOf(defaults, stated.finalSigma) },
  };
}
