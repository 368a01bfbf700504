/** One batch of training pairs: noised latents at two time points of the same trajectory. */
import type { NoiseSchedule } from '../diffusion/schedule';
import type { Tensor } from '../tensors/tensor';
import type { TimePair } from './consistency';

export interface BatchShape {
  readonly batch: number;
  /** [channels, height, width] of the latents. */
  readonly latent: readonly number[];
}

/** What was drawn for a batch; arrays of `batch` items. */
export interface Draw {
  readonly pairs: readonly TimePair[];
  /** Guidance w of every item, in the paper's convention (0 = none). */
  readonly omegas: readonly number[];
  /** Their embeddings, float32 [batch, time_cond_proj_dim], for a network that takes them. */
  readonly guidance: Tensor<'float32'> | undefined;
  /** z and ε, float32 [batch, channels, height, width]. */
  readonly latents: Float32Array;
  readonly noise: Float32Array;
  /** float32 [batch, tokens, width]. */
  readonly context: Float32Array;
}

/** α_t z + σ_t ε item by item. */
export function noised(schedule: NoiseSchedule, { latents, noise }: Draw, timesteps: readonly number[]): Float32Array {
  const size = latents.length / timesteps.length;
  const result = new Float32Array(latents.length);
  timesteps.forEach((timestep, item) => {
    const range = [item * size, (item + 1) * size] as const;
    result.set(schedule.addNoise(latents.subarray(...range), noise.subarray(...range), timestep), item * size);
  });
  return result;
}
