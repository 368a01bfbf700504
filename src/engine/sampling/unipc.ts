/** UniPC (Zhao et al. 2023, arXiv 2302.04867) on x̂0: a predictor, and a corrector that uses each new answer once more; as diffusers' class. */
import { combined, multistepSampler, originalAt, type MultistepRunParts, type Point } from './multistep';
import type { Sampler, SamplerRun, SamplerStep } from './sampler';
import type { NoiseSchedule } from './schedule';

export function unipcSampler(schedule: NoiseSchedule, steps: number, strength = 1): Sampler {
  return multistepSampler(schedule, { steps, strength }, (parts) => new UnipcRun(parts));
}

interface Seen {
  readonly original: Float32Array;
  readonly point: Point;
}

class UnipcRun implements SamplerRun {
  /** The newest first. */
  #seen: Seen[] = [];
  /** Where the last step began, and its order. */
  #last: { readonly sample: Float32Array; readonly order: number } | undefined;

  constructor(private readonly parts: MultistepRunParts) {}

  step(index: number, output: Float32Array, sample: Float32Array): SamplerStep {
    const { config, points } = this.parts;
    const [from, to] = points.slice(index);
    if (from === undefined || to === undefined) throw new RangeError(`there is no step ${index}`);
    const original = originalAt(config, from, output, sample);
    const corrects = this.#last !== undefined && !config.solver.uncorrected.includes(index - 1);
    const corrected = corrects ? this.#corrected(original, from) : sample;
    this.#seen = [{ original, point: from }, ...this.#seen].slice(0, 3);
    const order = this.#orderAt(index);
    this.#last = { sample: corrected, order };
    const next = this.#predicted(corrected, to, order);
    return { sample: next, denoised: index === points.length - 2 ? next : original };
  }

  #orderAt(index: number): number {
    const { config, points } = this.parts;
    const { order, lowerOrderFinal } = config.solver;
    const left = points.length - 1 - index;
    return Math.min(order, this.#seen.length, lowerOrderFinal ? left : order);
  }

  #predicted(sample: Float32Array, to: Point, order: number): Float32Array {
    const { base, scale, differences, ratios, factors } = this.#frame(sample, to, order);
    // For order 2 half of the one difference, as diffusers has it.
    const weights = order === 2 ? [0.5] : solved(rowsOf(ratios, order - 1), factors.slice(0, order - 1));
    return combined([...base, ...differences.map((values, i) => [scale * (weights[i] ?? 0), values] as const)]);
  }

  /** The last step once more, now that the model has answered at its end. */
  #corrected(original: Float32Array, at: Point): Float32Array {
    const { sample, order } = this.#last ?? { sample: original, order: 1 };
    const [before] = this.#seen;
    const { base, scale, differences, ratios, factors } = this.#frame(sample, at, order);
    const weights = order === 1 ? [0.5] : solved(rowsOf([...ratios, 1], order), factors);
    const newest = combined([
      [1, original],
      [-1, before?.original ?? original],
    ]);
    return combined([
      ...base,
      ...[...differences, newest].map((values, i) => [scale * (weights[i] ?? 0), values] as const),
    ]);
  }

  /** What predictor and corrector share of a step of `order` from the newest point seen. */
  #frame(sample: Float32Array, to: Point, order: number) {
    const [now, ...earlier] = this.#seen;
    if (now === undefined) throw new RangeError('a step was taken before the first');
    const hh = now.point.lambda - to.lambda;
    const used = earlier.slice(0, order - 1);
    const ratios = used.map(({ point }) => (point.lambda - now.point.lambda) / -hh);
    const grown = Math.expm1(hh);
    const scale = this.parts.config.solver.type === 'bh1' ? hh : grown;
    return {
      base: [
        [to.sigma / now.point.sigma, sample],
        [-to.alpha * grown, now.original],
      ] as const,
      scale: -to.alpha * scale,
      ratios,
      differences: used.map(({ original }, i) =>
        combined([
          [1 / (ratios[i] ?? NaN), original],
          [-1 / (ratios[i] ?? NaN), now.original],
        ]),
      ),
      factors: factorsOf(hh, scale, order),
    };
  }
}

/** φ-functions of the step times factorials, over B(h): the right side of the order conditions. */
function factorsOf(hh: number, scale: number, order: number): number[] {
  const factors: number[] = [];
  let phi = Math.expm1(hh) / hh - 1;
  let factorial = 1;
  for (let i = 1; i <= order; i++) {
    factors.push((phi * factorial) / scale);
    factorial *= i + 1;
    phi = phi / hh - 1 / factorial;
  }
  return factors;
}

/** Powers 0 to size − 1 of the ratios, one power a row. */
function rowsOf(ratios: readonly number[], size: number): number[][] {
  return Array.from({ length: size }, (_, power) => ratios.slice(0, size).map((ratio) => ratio ** power));
}

/** Gaussian elimination for the at most three unknowns of the order conditions. */
function solved(rows: readonly (readonly number[])[], right: readonly number[]): number[] {
  const system = rows.map((row, i) => [...row, right[i] ?? 0]);
  system.forEach((pivotRow, i) => {
    const pivot = pivotRow[i] ?? NaN;
    for (const [j, row] of system.entries()) {
      if (j === i) continue;
      const share = (row[i] ?? 0) / pivot;
      row.forEach((value, k) => {
        row[k] = value - share * (pivotRow[k] ?? 0);
      });
    }
  });
  return system.map((row, i) => (row.at(-1) ?? NaN) / (row[i] ?? NaN));
}
