/** Cheap pictures of unfinished latents, for models whose own decoder takes longer than a step. */
import type { RawImage } from '../../pictures/raw';
import type { Tensor } from '../tensors/tensor';

/**
 * Least-squares fit of RGB in [-1, 1] to the four latent channels of the SD1.x autoencoder, widely used for previews
 * (rows: latent channel, columns: red, green, blue).
 */
const SD1_LATENT_RGB = [
  [0.3512, 0.2297, 0.3227],
  [0.325, 0.4974, 0.235],
  [-0.2829, 0.1762, 0.2721],
  [-0.212, -0.2616, -0.7177],
] as const;

/** One pixel per latent pixel from float32 [1, 4, height, width]; the panel scales it up. */
export function latentPreview(latents: Tensor<'float32'>): RawImage {
  const [, , height = 0, width = 0] = latents.shape;
  const count = height * width;
  const data = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    for (let colour = 0; colour < 3; colour++) {
      const value = SD1_LATENT_RGB.reduce(
        (sum, row, channel) => sum + (row[colour] ?? 0) * (latents.data[channel * count + i] ?? 0),
        0,
      );
      data[3 * i + colour] = Math.round(Math.min(Math.max(value / 2 + 0.5, 0), 1) * 255);
    }
  }
  return { width, height, channels: 3, data };
}
