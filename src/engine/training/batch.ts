/** One batch of training pairs: noised latents at two time points of the same trajectory. */
import type { Conditioning } from '../families/family';
import type { NoiseSchedule } from '../sampling/schedule';
import { float32, stacked, type Tensor } from '../tensors/tensor';
import type { TimePair } from './consistency';

/** What was drawn for a batch. */
export interface Draw {
  readonly pairs: readonly TimePair[];
  /** Guidance w of every item, in the paper's convention (0 = none). */
  readonly omegas: readonly number[];
  /** z, [batch, channels, height, width]. */
  readonly latents: Tensor<'float32'>;
  /** ε, as many elements as z. */
  readonly noise: Float32Array;
  /** [batch, …] each; with the guidance where the network takes it. */
  readonly conditioning: Conditioning;
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

/** The conditioning of one item each as that of one batch. */
export function stackedConditioning(items: readonly Conditioning[]): Conditioning {
  const [first = {}] = items;
  return mapped(first, (_, name) =>
    stacked(
      items.map(({ [name]: tensor }) => {
        if (tensor === undefined) throw new Error(`An item of the batch has no ${name}`);
        return tensor;
      }),
    ),
  );
}

/** That of some items of a batch. */
export function pickedConditioning(batch: Conditioning, items: readonly number[]): Conditioning {
  return mapped(batch, (tensor) => picked(tensor, items));
}

function mapped(
  conditioning: Conditioning,
  change: (tensor: Tensor<'float32'>, name: string) => Tensor<'float32'>,
): Conditioning {
  return Object.fromEntries(Object.entries(conditioning).map(([name, tensor]) => [name, change(tensor, name)]));
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
