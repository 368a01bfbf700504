/** Which examples, time points, guidance and noise a step uses: a function of the seed and the step alone. */
import type { DenoiserDesign } from '../families/family';
import { normalNoise } from '../tensors/noise';
import { stacked } from '../tensors/tensor';
import { stackedConditioning, type Draw } from './batch';
import type { TimePair } from './consistency';
import { noiseStream, shuffled, uniform } from './random';
import type { TrainingSettings } from './settings';
import type { EncodedExample } from './training-set';

export class DrawSource {
  #epoch = -1;
  #order: readonly number[] = [];

  constructor(
    private readonly examples: readonly EncodedExample[],
    /** Those that a step may draw. */
    private readonly pairsAt: (step: number) => readonly TimePair[],
    private readonly denoiser: Pick<DenoiserDesign, 'guided'>,
    private readonly settings: TrainingSettings,
  ) {}

  /** The batches of step `step` (from 0). */
  ofStep(step: number): Draw[] {
    const { batchSize, accumulation } = this.settings;
    const pairs = this.pairsAt(step);
    return Array.from({ length: accumulation }, (_, part) =>
      this.#batch((step * accumulation + part) * batchSize, pairs),
    );
  }

  #batch(first: number, candidates: readonly TimePair[]): Draw {
    const { batchSize, seed, omega } = this.settings;
    const [lowest, highest] = omega;
    const places = Array.from({ length: batchSize }, (_, item) => first + item);
    const pairs = places.map((place) => {
      const pair = candidates[Math.floor(uniform(seed, 'pairs', place) * candidates.length)];
      if (pair === undefined) throw new Error('There are no time points to train on');
      return pair;
    });
    const omegas = places.map((place) => lowest + (highest - lowest) * uniform(seed, 'omegas', place));
    const noise = (size: number, item: number): Float32Array => normalNoise(seed, noiseStream(first + item), size);
    return drawOf({
      examples: places.map((place) => this.#example(place)),
      pairs,
      omegas,
      noise,
      denoiser: this.denoiser,
    });
  }

  /** Every example once an epoch. */
  #example(place: number): EncodedExample {
    const epoch = Math.floor(place / this.examples.length);
    if (epoch !== this.#epoch) {
      this.#order = shuffled(this.settings.seed, this.examples.length, epoch);
      this.#epoch = epoch;
    }
    const example = this.examples[this.#order[place % this.examples.length] ?? -1];
    if (example === undefined) throw new Error('There are no examples to train on');
    return example;
  }
}

export interface DrawParts {
  readonly examples: readonly EncodedExample[];
  readonly pairs: readonly TimePair[];
  readonly omegas: readonly number[];
  /** Standard normal noise for one item. */
  readonly noise: (size: number, item: number) => Float32Array;
  readonly denoiser: Pick<DenoiserDesign, 'guided'>;
}

/** The parts of one batch side by side. */
export function drawOf({ examples, pairs, omegas, noise, denoiser }: DrawParts): Draw {
  const latents = stacked(examples.map((example) => example.latents));
  const size = latents.data.length / examples.length;
  const draws = new Float32Array(latents.data.length);
  examples.forEach((_, item) => {
    draws.set(noise(size, item), item * size);
  });
  const conditioning = stackedConditioning(examples.map((example) => example.conditioning));
  return { pairs, omegas, latents, noise: draws, conditioning: denoiser.guided(conditioning, omegas) };
}
