/** PNDM's linear multistep form (Liu et al. 2022, arXiv 2202.09778), as diffusers' PNDMScheduler with `skip_prk_steps`. */
import type { Sampler, SamplerRun, SamplerStep } from './sampler';
import { combined } from './multistep';
import { predictOriginal, type NoiseSchedule } from './schedule';
import { ddimTimesteps, keepStrength } from './spacing';

export function pndmSampler(schedule: NoiseSchedule, steps: number, strength = 1): Sampler {
  const kept = keepStrength(ddimTimesteps(schedule.config, steps), strength);
  // The second timestep is asked for twice: the first step is corrected by what the model says at its end.
  const timesteps = kept.slice(0, 2).concat(kept.slice(1));
  const stride = Math.floor(schedule.config.numTrainTimesteps / steps);
  return {
    timesteps,
    startScale: 1,
    inputScale: () => 1,
    noised: (latents, noise) => schedule.addNoise(latents, noise, timesteps[0] ?? 0),
    start: () => new PndmRun(schedule, timesteps, stride),
  };
}

/** Adams–Bashforth weights by how many answers there are, the newest first. */
const WEIGHTS: readonly (readonly number[])[] = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
];

class PndmRun implements SamplerRun {
  /** The newest first; at most four. */
  #outputs: Float32Array[] = [];
  /** Where the first step began. */
  #begun: Float32Array | undefined;

  constructor(
    private readonly schedule: NoiseSchedule,
    private readonly timesteps: readonly number[],
    private readonly stride: number,
  ) {}

  step(index: number, output: Float32Array, sample: Float32Array): SamplerStep {
    const timestep = this.timesteps[index] ?? NaN;
    const original = predictOriginal(this.schedule, output, sample, timestep);
    const next = index === 1 ? this.#firstAgain(output, sample, timestep) : this.#ahead(output, sample, timestep);
    if (index === 0) this.#begun = sample;
    return { sample: next, denoised: index === this.timesteps.length - 1 ? next : original };
  }

  #ahead(output: Float32Array, sample: Float32Array, timestep: number): Float32Array {
    this.#outputs = [output, ...this.#outputs].slice(0, WEIGHTS.length);
    const weights = WEIGHTS[this.#outputs.length - 1] ?? [];
    const mixed = combined(this.#outputs.map((values, i) => [weights[i] ?? 0, values]));
    return this.#moved(sample, mixed, timestep, timestep - this.stride);
  }

  /** The second call, at the end of the first step, which it takes anew with the mean of both answers. */
  #firstAgain(output: Float32Array, sample: Float32Array, timestep: number): Float32Array {
    const mean = combined([
      [0.5, output],
      [0.5, this.#outputs[0] ?? output],
    ]);
    return this.#moved(this.#begun ?? sample, mean, timestep + this.stride, timestep);
  }

  /** Equation 9 of the paper: DDIM's step, without x̂0. */
  #moved(sample: Float32Array, output: Float32Array, from: number, to: number): Float32Array {
    const { schedule } = this;
    const [now, next] = [schedule.alphaCumprod(from), schedule.alphaCumprod(to)];
    const divisor = now * Math.sqrt(1 - next) + Math.sqrt(now * (1 - now) * next);
    const epsilon =
      schedule.config.predictionType === 'v_prediction'
        ? combined([
            [Math.sqrt(now), output],
            [Math.sqrt(1 - now), sample],
          ])
        : output;
    return combined([
      [Math.sqrt(next / now), sample],
      [-(next - now) / divisor, epsilon],
    ]);
  }
}
