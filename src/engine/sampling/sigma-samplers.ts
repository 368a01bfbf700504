/** Samplers that work on z / √ᾱ = x0 + σ ε: Euler, Euler ancestral and Heun, as diffusers' classes of those names. */
import type { Sampler, SamplerRun, SamplerStep } from './sampler';
import type { NoiseSchedule } from './schedule';
import type { PredictionType, SchedulerConfig } from './scheduler-config';
import { karrasSigmas, sigmasAt, timestepOf, trainingSigmas } from './sigmas';
import { eulerTimesteps, keepStrength } from './spacing';

type Kind = 'euler' | 'euler-ancestral' | 'heun';

/** Where a step is: σ now and after it; the last ends at the final σ. */
interface Levels {
  readonly timesteps: readonly number[];
  /** One more than there are timesteps. */
  readonly sigmas: readonly number[];
}

export function sigmaSampler(kind: Kind, schedule: NoiseSchedule, steps: number, strength = 1): Sampler {
  const { config } = schedule;
  const whole = levelsOf(schedule, steps);
  const timesteps = keepStrength(whole.timesteps, strength);
  const sigmas = whole.sigmas.slice(whole.timesteps.length - timesteps.length);
  const calls = kind === 'heun' ? callsOfHeun({ timesteps, sigmas }) : { timesteps, sigmas: sigmas.slice(0, -1) };
  return {
    timesteps: calls.timesteps,
    startScale: startScale(config, whole.sigmas[0] ?? 1),
    inputScale: (index) => 1 / Math.hypot(calls.sigmas[index] ?? 0, 1),
    noised: (latents, noise) => latents.map((value, i) => value + (sigmas[0] ?? 0) * (noise[i] ?? NaN)),
    start: () => runOf(kind, config.predictionType, sigmas),
  };
}

function levelsOf(schedule: NoiseSchedule, steps: number): Levels {
  const { config } = schedule;
  const training = trainingSigmas(schedule);
  const spaced = eulerTimesteps(config, steps);
  const at = sigmasAt(training, spaced);
  const sigmas = config.solver.karrasSigmas ? karrasSigmas(at.at(-1) ?? 0, at[0] ?? 0, steps) : at;
  const timesteps = config.solver.karrasSigmas ? sigmas.map((sigma) => timestepOf(training, sigma)) : spaced;
  const final = config.solver.finalSigma === 'zero' ? 0 : (training[0] ?? 0);
  return { timesteps, sigmas: [...sigmas, final] };
}

/** Each step but the last asks the UNet twice: where it begins and where it ends. */
function callsOfHeun({ timesteps, sigmas }: Levels): Levels {
  const twice = (values: readonly number[]): number[] =>
    values.slice(0, timesteps.length).flatMap((value, index) => (index === 0 ? [value] : [value, value]));
  return { timesteps: twice(timesteps), sigmas: twice(sigmas) };
}

/** With 'leading' the noisiest timestep is not pure noise, and the start has the variance that it has there. */
function startScale({ timestepSpacing }: SchedulerConfig, most: number): number {
  return timestepSpacing === 'leading' ? Math.hypot(most, 1) : most;
}

function runOf(kind: Kind, prediction: PredictionType, sigmas: readonly number[]): SamplerRun {
  switch (kind) {
    case 'euler':
      return new EulerRun(prediction, sigmas);
    case 'euler-ancestral':
      return new EulerAncestralRun(prediction, sigmas);
    case 'heun':
      return new HeunRun(prediction, sigmas);
  }
}

/** x̂0 of what the model predicted at noise σ. */
function originalAt(
  prediction: PredictionType,
  sigma: number,
  output: Float32Array,
  sample: Float32Array,
): Float32Array {
  const variance = sigma * sigma + 1;
  return sample.map((value, i) => {
    const predicted = output[i] ?? NaN;
    switch (prediction) {
      case 'epsilon':
        return value - sigma * predicted;
      case 'v_prediction':
        return value / variance - (sigma / Math.sqrt(variance)) * predicted;
      case 'sample':
        return predicted;
    }
  });
}

/** sample + (σ_to − σ) (sample − x̂0) / σ. */
function moved(sample: Float32Array, original: Float32Array, sigma: number, to: number): Float32Array {
  const share = (to - sigma) / sigma;
  return sample.map((value, i) => value + share * (value - (original[i] ?? NaN)));
}

class EulerRun implements SamplerRun {
  constructor(
    private readonly prediction: PredictionType,
    private readonly sigmas: readonly number[],
  ) {}

  step(index: number, output: Float32Array, sample: Float32Array): SamplerStep {
    const [sigma = NaN, to = NaN] = this.sigmas.slice(index);
    const original = originalAt(this.prediction, sigma, output, sample);
    const next = moved(sample, original, sigma, to);
    return { sample: next, denoised: index === this.sigmas.length - 2 ? next : original };
  }
}

/** Steps farther down than σ_to and adds noise back up to it, so that every step draws anew. */
class EulerAncestralRun implements SamplerRun {
  constructor(
    private readonly prediction: PredictionType,
    private readonly sigmas: readonly number[],
  ) {}

  step(index: number, output: Float32Array, sample: Float32Array, noise: () => Float32Array): SamplerStep {
    const [sigma = NaN, to = NaN] = this.sigmas.slice(index);
    const original = originalAt(this.prediction, sigma, output, sample);
    const up = Math.sqrt((to ** 2 * (sigma ** 2 - to ** 2)) / sigma ** 2);
    const down = Math.sqrt(to ** 2 - up ** 2);
    const lower = moved(sample, original, sigma, down);
    const drawn = up === 0 ? undefined : noise();
    const next = drawn === undefined ? lower : lower.map((value, i) => value + up * (drawn[i] ?? NaN));
    return { sample: next, denoised: index === this.sigmas.length - 2 ? next : original };
  }
}

/** Averages the directions at both ends of a step; the last, which ends without noise, is Euler's. */
class HeunRun implements SamplerRun {
  /** Of a step that is half done. */
  #begun: { readonly sample: Float32Array; readonly direction: Float32Array } | undefined;

  constructor(
    private readonly prediction: PredictionType,
    private readonly sigmas: readonly number[],
  ) {}

  step(index: number, output: Float32Array, sample: Float32Array): SamplerStep {
    const begun = this.#begun;
    const level = Math.ceil(index / 2);
    const at = this.sigmas[level] ?? NaN;
    const original = originalAt(this.prediction, at, output, sample);
    const direction = sample.map((value, i) => (value - (original[i] ?? NaN)) / at);
    if (begun === undefined) {
      const to = this.sigmas[level + 1] ?? NaN;
      const next = sample.map((value, i) => value + (to - at) * (direction[i] ?? NaN));
      const isLast = level === this.sigmas.length - 2;
      if (!isLast) this.#begun = { sample, direction };
      return { sample: next, denoised: isLast ? next : original };
    }
    this.#begun = undefined;
    const from = this.sigmas[level - 1] ?? NaN;
    const next = begun.sample.map((value, i) => {
      const mean = ((begun.direction[i] ?? NaN) + (direction[i] ?? NaN)) / 2;
      return value + (at - from) * mean;
    });
    return { sample: next, denoised: original };
  }
}
