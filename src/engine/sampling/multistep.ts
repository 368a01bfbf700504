/** What solvers in the logarithm of the signal-to-noise ratio share: the points that they step between, and what they remember. */
import { roundHalfEven } from '../../domain/round-half-even';
import { clipOriginal } from './clipping';
import type { Sampler, SamplerRun } from './sampler';
import { originalFrom, type NoiseSchedule } from './schedule';
import type { SchedulerConfig } from './scheduler-config';
import { karrasSigmas, sigmasAt, timestepOf, trainingSigmas } from './sigmas';
import { dpmSolverTimesteps, keepStrength } from './spacing';

/** α, σ and λ = ln(α / σ) at one level of noise. */
export interface Point {
  readonly alpha: number;
  readonly sigma: number;
  /** Infinite without noise. */
  readonly lambda: number;
}

/** A run's points, one more than it has steps. */
export interface MultistepRunParts {
  readonly config: SchedulerConfig;
  readonly points: readonly Point[];
}

export function multistepSampler(
  schedule: NoiseSchedule,
  { steps, strength }: { readonly steps: number; readonly strength: number },
  run: (parts: MultistepRunParts) => SamplerRun,
): Sampler {
  const { config } = schedule;
  const training = trainingSigmas(schedule);
  const spaced = dpmSolverTimesteps(config, steps);
  const { karrasSigmas: isKarras, finalSigma } = config.solver;
  const sigmas = isKarras ? karrasSigmas(training[0] ?? 0, training.at(-1) ?? 0, steps) : sigmasAt(training, spaced);
  const whole = isKarras ? sigmas.map((sigma) => roundHalfEven(timestepOf(training, sigma))) : spaced;
  const least = isKarras ? (sigmas.at(-1) ?? 0) : (training[0] ?? 0);
  const timesteps = keepStrength(whole, strength);
  const points = [...sigmas, finalSigma === 'zero' ? 0 : least].slice(whole.length - timesteps.length).map(pointAt);
  const [first] = points;
  return {
    timesteps,
    startScale: 1,
    inputScale: () => 1,
    noised: (latents, noise) =>
      latents.map((value, i) => (first?.alpha ?? NaN) * value + (first?.sigma ?? NaN) * (noise[i] ?? NaN)),
    start: () => run({ config, points }),
  };
}

function pointAt(sigma: number): Point {
  const alpha = 1 / Math.hypot(sigma, 1);
  return { alpha, sigma: sigma * alpha, lambda: -Math.log(sigma) };
}

/** x̂0 at a point, clipped as the config says. */
export function originalAt(
  config: SchedulerConfig,
  { alpha, sigma }: Point,
  output: Float32Array,
  sample: Float32Array,
): Float32Array {
  const weights = originalFrom(config.predictionType, alpha, sigma);
  return clipOriginal(
    sample.map((value, i) => weights.sample * value + weights.output * (output[i] ?? NaN)),
    config,
  );
}

/** Σ weight · values, element by element. */
export function combined(parts: readonly (readonly [number, Float32Array])[]): Float32Array {
  const [[firstWeight, first] = [0, new Float32Array()], ...others] = parts;
  return first.map((value, i) =>
    others.reduce((sum, [weight, values]) => sum + weight * (values[i] ?? NaN), firstWeight * value),
  );
}
