/** DDIM (Song et al. 2020, equation 12), as diffusers' DDIMScheduler; η adds noise in every step, and is 0 where nobody sets it. */
import { clipOriginal } from './clipping';
import { combined } from './multistep';
import { predictOriginal, type NoiseSchedule } from './schedule';
import type { Sampler, SamplerRun, SamplerStep } from './sampler';
import { ddimTimesteps, keepStrength } from './spacing';

export interface DdimOptions {
  readonly steps: number;
  readonly strength?: number;
  readonly eta?: number;
}

export function ddimSampler(schedule: NoiseSchedule, { steps, strength = 1, eta = 0 }: DdimOptions): Sampler {
  const timesteps = keepStrength(ddimTimesteps(schedule.config, steps), strength);
  const stride = Math.floor(schedule.config.numTrainTimesteps / steps);
  return {
    timesteps,
    startScale: 1,
    inputScale: () => 1,
    noised: (latents, noise) => schedule.addNoise(latents, noise, timesteps[0] ?? 0),
    start: () => new DdimRun(schedule, { timesteps, stride, eta }),
  };
}

interface DdimParts {
  readonly timesteps: readonly number[];
  /** A step goes so far down, which misses the next timestep where the spacing is uneven (diffusers). */
  readonly stride: number;
  readonly eta: number;
}

class DdimRun implements SamplerRun {
  constructor(
    private readonly schedule: NoiseSchedule,
    private readonly parts: DdimParts,
  ) {}

  step(index: number, output: Float32Array, sample: Float32Array, noise: () => Float32Array): SamplerStep {
    const { schedule } = this;
    const { timesteps, stride, eta } = this.parts;
    const timestep = timesteps[index] ?? NaN;
    const predicted = predictOriginal(schedule, output, sample, timestep);
    const original = clipOriginal(predicted, schedule.config);
    const [now, next] = [schedule.alphaCumprod(timestep), schedule.alphaCumprod(timestep - stride)];
    const spread = eta * Math.sqrt(((1 - next) / (1 - now)) * (1 - now / next));
    // ε as the model predicted it: clipping x̂0 leaves it alone (diffusers' use_clipped_model_output = False).
    const direction = Math.sqrt(1 - next - spread ** 2) / Math.sqrt(1 - now);
    const moved = combined([
      [Math.sqrt(next), original],
      [direction, sample],
      [-direction * Math.sqrt(now), predicted],
      ...(spread === 0 ? [] : [[spread, noise()] as const]),
    ]);
    return { sample: moved, denoised: index === timesteps.length - 1 ? moved : original };
  }
}
