/** DEIS in log ρ (Zhang & Chen 2022, arXiv 2204.13902) of orders 1 to 3, as diffusers' DEISMultistepScheduler. */
import { combined, multistepSampler, originalAt, type MultistepRunParts, type Point } from './multistep';
import type { Sampler, SamplerRun, SamplerStep } from './sampler';
import type { NoiseSchedule } from './schedule';

export function deisSampler(schedule: NoiseSchedule, steps: number, strength = 1): Sampler {
  return multistepSampler(schedule, { steps, strength }, (parts) => new DeisRun(parts));
}

/** Below so many steps the last ones take a lower order. */
const FEW_STEPS = 15;

interface Seen {
  /** ε̂ */
  readonly epsilon: Float32Array;
  readonly point: Point;
}

class DeisRun implements SamplerRun {
  /** The newest first. */
  #seen: Seen[] = [];

  constructor(private readonly parts: MultistepRunParts) {}

  step(index: number, output: Float32Array, sample: Float32Array): SamplerStep {
    const { config, points } = this.parts;
    const [from, to] = points.slice(index);
    if (from === undefined || to === undefined) throw new RangeError(`there is no step ${index}`);
    const original = originalAt(config, from, output, sample);
    const epsilon = combined([
      [1 / from.sigma, sample],
      [-from.alpha / from.sigma, original],
    ]);
    this.#seen = [{ epsilon, point: from }, ...this.#seen].slice(0, 3);
    const weights = weightsOf(
      this.#seen.slice(0, this.#orderAt(index)).map(({ point }) => rho(point)),
      rho(to),
    );
    const next = combined([
      [to.alpha / from.alpha, sample],
      ...weights.map((weight, i) => [to.alpha * weight, this.#seen[i]?.epsilon ?? epsilon] as const),
    ]);
    return { sample: next, denoised: index === points.length - 2 ? next : original };
  }

  #orderAt(index: number): number {
    const { config, points } = this.parts;
    const { order, lowerOrderFinal } = config.solver;
    const left = points.length - 1 - index;
    const lowers = lowerOrderFinal && points.length - 1 < FEW_STEPS;
    return Math.min(order, this.#seen.length, lowers ? Math.min(left, 3) : 3);
  }
}

/** σ / α */
function rho({ sigma, alpha }: Point): number {
  return sigma / alpha;
}

/** Integrals of the Lagrange polynomials in log ρ through the points seen, from the newest of them to `to`. */
function weightsOf(at: readonly number[], to: number): number[] {
  const [now = NaN] = at;
  if (at.length === 1) return [to - now];
  return at.map((own, i) => {
    const others = at.filter((_, j) => j !== i);
    const integral = others.length === 1 ? linearIntegral : quadraticIntegral;
    return integral(to, own, others) - integral(now, own, others);
  });
}

/** ∫ (log t − log c) / (log b − log c) dt */
function linearIntegral(t: number, b: number, [c = NaN]: readonly number[]): number {
  return (t * (Math.log(t) - Math.log(c) - 1)) / (Math.log(b) - Math.log(c));
}

/** ∫ (log t − log c)(log t − log d) / ((log b − log c)(log b − log d)) dt */
function quadraticIntegral(t: number, b: number, [c = NaN, d = NaN]: readonly number[]): number {
  const [x, lb, lc, ld] = [t, b, c, d].map(Math.log) as [number, number, number, number];
  return (t * (x * x - x * (lc + ld + 2) + lc * ld + lc + ld + 2)) / ((lb - lc) * (lb - ld));
}
