/** DPM-Solver++ (Lu et al. 2022, arXiv 2211.01095) of orders 1 to 3, also stochastic, as diffusers' DPMSolverMultistepScheduler. */
import { combined, multistepSampler, originalAt, type MultistepRunParts, type Point } from './multistep';
import type { Sampler, SamplerRun, SamplerStep } from './sampler';
import type { NoiseSchedule } from './schedule';

export function dpmSolverSampler(schedule: NoiseSchedule, steps: number, strength = 1): Sampler {
  return multistepSampler(schedule, { steps, strength }, (parts) => new DpmSolverRun(parts));
}

/** Below so many steps the last ones take a lower order, which few steps need to be stable. */
const FEW_STEPS = 15;

/** x̂0 of a step and where it was. */
interface Seen {
  readonly original: Float32Array;
  readonly point: Point;
}

class DpmSolverRun implements SamplerRun {
  /** The newest first. */
  #seen: Seen[] = [];

  constructor(private readonly parts: MultistepRunParts) {}

  step(index: number, output: Float32Array, sample: Float32Array, noise: () => Float32Array): SamplerStep {
    const { config, points } = this.parts;
    const [from, to] = points.slice(index);
    if (from === undefined || to === undefined) throw new RangeError(`there is no step ${index}`);
    const original = originalAt(config, from, output, sample);
    this.#seen = [{ original, point: from }, ...this.#seen].slice(0, 3);
    const isLast = index === points.length - 2;
    const next = to.sigma === 0 ? original : this.#moved(sample, to, this.#orderAt(index), noise);
    return { sample: next, denoised: isLast ? next : original };
  }

  #orderAt(index: number): number {
    const { config, points } = this.parts;
    const { order, lowerOrderFinal, eulerAtFinal, finalSigma } = config.solver;
    const left = points.length - 1 - index;
    const lowers = lowerOrderFinal && points.length - 1 < FEW_STEPS;
    const most = Math.min(order, this.#seen.length);
    if (left === 1 && (eulerAtFinal || lowers || finalSigma === 'zero')) return 1;
    return left === 2 && lowers ? Math.min(most, 2) : most;
  }

  #moved(sample: Float32Array, to: Point, order: number, noise: () => Float32Array): Float32Array {
    const { solver } = this.parts.config;
    const [now] = this.#seen;
    if (now === undefined) throw new RangeError('a step was taken before the first');
    const h = to.lambda - now.point.lambda;
    // The stochastic form is the same with twice the step in the exponents, and noise for what that takes away.
    const reach = solver.stochastic ? 2 * h : h;
    const decay = (to.sigma / now.point.sigma) * (solver.stochastic ? Math.exp(-h) : 1);
    const gain = -to.alpha * Math.expm1(-reach);
    const linear = to.alpha * (1 + Math.expm1(-reach) / reach);
    // diffusers takes the half away in the stochastic form, where it adds it in the other.
    const half = solver.stochastic ? -0.5 : 0.5;
    const quadratic = to.alpha * (half - (Math.expm1(-reach) + reach) / reach ** 2);
    const [first, second] = differences(this.#seen.slice(0, order), h);
    const slope = order === 2 && solver.type !== 'heun' ? gain / 2 : linear;
    const moved = combined([
      [decay, sample],
      [gain, now.original],
      ...(first === undefined ? [] : [[slope, first] as const]),
      ...(second === undefined ? [] : [[quadratic, second] as const]),
    ]);
    if (!solver.stochastic) return moved;
    const spread = to.sigma * Math.sqrt(-Math.expm1(-2 * h));
    return combined([
      [1, moved],
      [spread, noise()],
    ]);
  }
}

/** First and second differences of x̂0 over λ, in units of the step `h`, as far as there are points for them. */
function differences([now, before, earlier]: readonly Seen[], h: number): Float32Array[] {
  if (now === undefined || before === undefined) return [];
  const r0 = (now.point.lambda - before.point.lambda) / h;
  const first = combined([
    [1 / r0, now.original],
    [-1 / r0, before.original],
  ]);
  if (earlier === undefined) return [first];
  const r1 = (before.point.lambda - earlier.point.lambda) / h;
  const second = combined([
    [1 / r1, before.original],
    [-1 / r1, earlier.original],
  ]);
  const share = r0 / (r0 + r1);
  return [
    combined([
      [1 + share, first],
      [-share, second],
    ]),
    combined([
      [1 / (r0 + r1), first],
      [-1 / (r0 + r1), second],
    ]),
  ];
}
