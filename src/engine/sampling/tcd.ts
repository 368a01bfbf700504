/** Strategic stochastic sampling of trajectory consistency distillation (Zheng et al. 2024, arXiv 2402.19159), as diffusers' TCDScheduler. */
import type { Sampler, SamplerRun, SamplerStep } from './sampler';
import { clipOriginal } from './clipping';
import { lcmTimesteps } from './lcm';
import { combined } from './multistep';
import { predictOriginal, type NoiseSchedule } from './schedule';

/** γ of the paper where nobody sets it: how much of each step is noise. */
export const TCD_ETA = 0.3;

export function tcdSampler(
  schedule: NoiseSchedule,
  { steps, strength, eta = TCD_ETA }: { readonly steps: number; readonly strength: number; readonly eta?: number },
): Sampler {
  const timesteps = lcmTimesteps(schedule, steps, strength);
  return {
    timesteps,
    startScale: 1,
    inputScale: () => 1,
    noised: (latents, noise) => schedule.addNoise(latents, noise, timesteps[0] ?? 0),
    start: () => new TcdRun(schedule, timesteps, eta),
  };
}

class TcdRun implements SamplerRun {
  constructor(
    private readonly schedule: NoiseSchedule,
    private readonly timesteps: readonly number[],
    private readonly eta: number,
  ) {}

  step(index: number, output: Float32Array, sample: Float32Array, noise: () => Float32Array): SamplerStep {
    const { schedule, eta } = this;
    const timestep = this.timesteps[index] ?? NaN;
    const isLast = index === this.timesteps.length - 1;
    // The last step goes to the first training timestep, not past it.
    const next = this.timesteps[index + 1] ?? 0;
    const below = Math.floor((1 - eta) * next);
    const predicted = predictOriginal(schedule, output, sample, timestep);
    const original = clipOriginal(predicted, schedule.config);
    const [alpha, sigma] = [schedule.alpha(timestep), schedule.sigma(timestep)];
    const denoised = combined([
      [schedule.alpha(below), original],
      [schedule.sigma(below) / sigma, sample],
      [(-schedule.sigma(below) * alpha) / sigma, predicted],
    ]);
    if (eta === 0 || isLast) return { sample: denoised, denoised };
    const kept = schedule.alphaCumprod(next) / schedule.alphaCumprod(below);
    const noisy = combined([
      [Math.sqrt(kept), denoised],
      [Math.sqrt(1 - kept), noise()],
    ]);
    return { sample: noisy, denoised };
  }
}
