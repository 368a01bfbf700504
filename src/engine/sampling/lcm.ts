/** LCM multistep sampling (Luo et al. 2023, algorithm 3), numerically as diffusers' LCMScheduler. */
import { UserError } from '../../domain/errors';
import { clipOriginal } from './clipping';
import { predictOriginal, type NoiseSchedule } from './schedule';
import type { Sampler, SamplerRun } from './sampler';

/** σ_data of the boundary condition. */
const SIGMA_DATA = 0.5;

/** c_skip and c_out of f(z, t) = c_skip z + c_out x̂0: identity at t = 0. `scaling` is timestep_scaling (10). */
export function boundaryScalings(timestep: number, scaling: number): { readonly cSkip: number; readonly cOut: number } {
  const scaled = timestep * scaling;
  return {
    cSkip: SIGMA_DATA ** 2 / (scaled ** 2 + SIGMA_DATA ** 2),
    cOut: scaled / Math.sqrt(scaled ** 2 + SIGMA_DATA ** 2),
  };
}

/**
 * Timesteps of an N-step run: N entries spread over the distillation grid K·j − 1, K = num_train_timesteps / original_inference_steps,
 * of which `strength` keeps the lower part (diffusers ≥ 0.24: indices ⌊i L / N⌋). Throws `bad-request` when the grid is too short.
 */
export function lcmTimesteps(schedule: NoiseSchedule, steps: number, strength = 1): number[] {
  const { numTrainTimesteps, originalInferenceSteps: original } = schedule.config;
  if (original > numTrainTimesteps) {
    throw new UserError(
      'bad-checkpoint',
      `original_inference_steps is ${original}, more than the ${numTrainTimesteps} timesteps of this model's schedule.`,
    );
  }
  const skipping = Math.floor(numTrainTimesteps / original);
  // Binary rounding of the product matters and is kept: 50 · 0.58 is 28.999…, which gives 28 (diffusers).
  const length = Math.floor(original * strength);
  if (!Number.isInteger(steps) || steps < 1 || steps > length) {
    throw new UserError(
      'bad-request',
      `steps is ${steps}; with strength ${strength} this model allows 1 to ${length} (original_inference_steps ${original} × strength). Use fewer steps or more strength.`,
    );
  }
  return Array.from({ length: steps }, (_, i) => skipping * (length - Math.floor((i * length) / steps)) - 1);
}

export function lcmSampler(schedule: NoiseSchedule, timesteps: readonly number[]): Sampler {
  return {
    timesteps,
    startScale: 1,
    inputScale: () => 1,
    noised: (latents, noise) => schedule.addNoise(latents, noise, timesteps[0] ?? 0),
    start: () => new LcmRun(schedule, timesteps),
  };
}

class LcmRun implements SamplerRun {
  constructor(
    readonly schedule: NoiseSchedule,
    readonly timesteps: readonly number[],
  ) {}

  step(
    index: number,
    output: Float32Array,
    sample: Float32Array,
    noise: () => Float32Array,
  ): ReturnType<SamplerRun['step']> {
    const timestep = this.timesteps[index] ?? NaN;
    const original = clipOriginal(predictOriginal(this.schedule, output, sample, timestep), this.schedule.config);
    const { cSkip, cOut } = boundaryScalings(timestep, this.schedule.config.timestepScaling);
    const denoised = original.map((value, i) => cOut * value + cSkip * (sample[i] ?? NaN));
    const next = this.timesteps[index + 1];
    return { sample: next === undefined ? denoised : this.schedule.addNoise(denoised, noise(), next), denoised };
  }
}
