/** One batch of training pairs: noised latents at two time points of the same trajectory. */
import type { NoiseSchedule } from '../sampling/schedule';
import { float32, type Tensor } from '../tensors/tensor';
import type { TimePair } from './consistency';

/** What was drawn for a batch. */
export interface Draw {
  readonly pairs: readonly TimePair[];
  /** Guidance w of every item, in the paper's convention (0 = none). */
  readonly omegas: readonly number[];
  /** Their embeddings, [batch, time_cond_proj_dim], for a network that takes them. */
  readonly guidance: Tensor<'float32'> | undefined;
  /** z, [batch, channels, height, width]. */
  readonly latents: Tensor<'float32'>;
  /** ε, as many elements as z. */
  readonly noise: Float32Array;
  /** [batch, tokens, width] */
  readonly context: Tensor<'float32'>;
}

/** α_t z + σ_t ε, each item at its own timestep. */
export function noised(schedule: NoiseSchedule, draw: Draw, timesteps: readonly number[]): Tensor<'float32'> {
  const { latents, noise } = draw;
  const size = latents.data.length / timesteps.length;
  const result = new Float32Array(latents.data.length);
  timesteps.forEach((timestep, item) => {
    const range = [item * size, (item + 1) * size] as const;
    result.set(schedule.addNoise(latents.data.subarray(...range), noise.subarray(...range), timestep), item * size);
  });
  return float32(result, latents.shape);
}

/** The first time points, t_{n+k}, and the second, t_n. */
export function startsOf({ pairs }: Draw): number[] {
  return pairs.map(({ start }) => start);
}

export function endsOf({ pairs }: Draw): number[] {
  return pairs.map(({ end }) => end);
}

/** Tensors of one item each as one batch. */
export function stacked(items: readonly Tensor<'float32'>[]): Tensor<'float32'> {
  const [first] = items;
  if (first === undefined) throw new Error('A batch needs an item');
  const data = new Float32Array(items.length * first.data.length);
  items.forEach((item, index) => {
    data.set(item.data, index * first.data.length);
  });
  return float32(data, [items.length, ...first.shape.slice(1)]);
}

/** Some items of a batch; the batch itself where all are wanted. */
export function picked(batch: Tensor<'float32'>, items: readonly number[]): Tensor<'float32'> {
  const [count = 1, ...shape] = batch.shape;
  if (items.length === count) return batch;
  const size = batch.data.length / count;
  const data = new Float32Array(items.length * size);
  items.forEach((item, place) => {
    data.set(batch.data.subarray(item * size, (item + 1) * size), place * size);
  });
  return float32(data, [items.length, ...shape]);
}
