/** DDIM with η = 0 (Song et al. 2020, equation 12), as diffusers' DDIMScheduler. */
import { clipOriginal } from './clipping';
import { predictOriginal, type NoiseSchedule } from './schedule';
import type { Sampler, SamplerRun } from './sampler';
import { ddimTimesteps, keepStrength } from './spacing';

export function ddimSampler(schedule: NoiseSchedule, steps: number, strength = 1): Sampler {
  const timesteps = keepStrength(ddimTimesteps(schedule.config, steps), strength);
  return { timesteps, start: () => new DdimRun(schedule, timesteps) };
}

class DdimRun implements SamplerRun {
  constructor(
    readonly schedule: NoiseSchedule,
    readonly timesteps: readonly number[],
  ) {}

  step(index: number, output: Float32Array, sample: Float32Array): ReturnType<SamplerRun['step']> {
    const timestep = this.timesteps[index] ?? NaN;
    const predicted = predictOriginal(this.schedule, output, sample, timestep);
    const original = clipOriginal(predicted, this.schedule.config);
    const [alpha, sigma] = [this.schedule.alpha(timestep), this.schedule.sigma(timestep)];
    // diffusers steps by a fixed stride, which misses the next timestep where the spacing is uneven; the two agree elsewhere.
    const previous = this.timesteps[index + 1] ?? -1;
    const [alphaPrevious, sigmaPrevious] = [this.schedule.alpha(previous), this.schedule.sigma(previous)];
    const moved = original.map((value, i) => {
      // ε as the model predicted it: clipping x̂0 leaves it alone (diffusers' use_clipped_model_output = False).
      const epsilon = ((sample[i] ?? NaN) - alpha * (predicted[i] ?? NaN)) / sigma;
      return alphaPrevious * value + sigmaPrevious * epsilon;
    });
    return { sample: moved, denoised: index === this.timesteps.length - 1 ? moved : original };
  }
}
