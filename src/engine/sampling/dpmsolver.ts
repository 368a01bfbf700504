/** DPM-Solver++(2M) (Lu et al. 2022, algorithm 2), midpoint form, first order at both ends, as diffusers' DPMSolverMultistepScheduler. */
import { clipOriginal } from './clipping';
import { predictOriginal, type NoiseSchedule } from './schedule';
import type { Sampler, SamplerRun, SamplerStep } from './sampler';
import { dpmSolverTimesteps, keepStrength } from './spacing';

export function dpmSolverSampler(schedule: NoiseSchedule, steps: number, strength = 1): Sampler {
  const timesteps = keepStrength(dpmSolverTimesteps(schedule.config, steps), strength);
  return { timesteps, start: () => new DpmSolverRun(schedule, timesteps) };
}

/** α, σ and the log signal-to-noise ratio λ = ln(α / σ) at one point of the run. */
interface Point {
  readonly alpha: number;
  readonly sigma: number;
  readonly lambda: number;
}

class DpmSolverRun implements SamplerRun {
  #previous: { readonly original: Float32Array; readonly point: Point } | undefined;

  constructor(
    readonly schedule: NoiseSchedule,
    readonly timesteps: readonly number[],
  ) {}

  step(index: number, output: Float32Array, sample: Float32Array): SamplerStep {
    const timestep = this.timesteps[index] ?? NaN;
    const original = clipOriginal(predictOriginal(this.schedule, output, sample, timestep), this.schedule.config);
    const next = this.timesteps[index + 1];
    // The last step goes to σ = 0, where the update is x̂0 itself.
    if (next === undefined) return { sample: original, denoised: original };
    const [from, to] = [this.#point(timestep), this.#point(next)];
    const moved = this.#move(sample, original, from, to);
    this.#previous = { original, point: from };
    return { sample: moved, denoised: original };
  }

  #move(sample: Float32Array, original: Float32Array, from: Point, to: Point): Float32Array {
    const h = to.lambda - from.lambda;
    const decay = to.sigma / from.sigma;
    const gain = -to.alpha * Math.expm1(-h);
    const before = this.#previous;
    // Linear extrapolation of x̂0 to the middle of the interval from the last two points.
    const slope = before === undefined ? 0 : h / (2 * (from.lambda - before.point.lambda));
    return sample.map((value, i) => {
      const current = original[i] ?? NaN;
      const extrapolated = before === undefined ? current : current + slope * (current - (before.original[i] ?? NaN));
      return decay * value + gain * extrapolated;
    });
  }

  #point(timestep: number): Point {
    const [alpha, sigma] = [this.schedule.alpha(timestep), this.schedule.sigma(timestep)];
    return { alpha, sigma, lambda: Math.log(alpha / sigma) };
  }
}
