/** Pixels to the latents the UNet sees, and back; one interface over AutoencoderKL and AutoencoderTiny. */
import type { AutoencoderDesign } from '../families/family';
import { assertFinite, floatOutput } from '../runtime/outputs';
import type { LazySession } from '../runtime/session-pool';
import { float32, type Tensor } from '../tensors/tensor';
import type { NoiseSource } from './noise-streams';

/** A picture on the latent side. */
export interface EncodedImage {
  /**
   * Latents as the UNet sees them, (encoded − shift) · scaling_factor. AutoencoderKL samples mean + std · noise;
   * AutoencoderTiny has no distribution and asks for no noise.
   */
  sample(noise: Pick<NoiseSource, 'encode'>): Tensor<'float32'>;
}

export class Autoencoder {
  constructor(
    readonly design: AutoencoderDesign,
    readonly encoder: LazySession,
    readonly decoder: LazySession,
  ) {}

  /** Encodes float32 [1, in_channels, H, W] in [-1, 1] once; every variant draws its own latents from it. */
  async encode(pixels: Tensor<'float32'>): Promise<EncodedImage> {
    const outputs = await (await this.encoder()).run({ sample: pixels });
    const { scalingFactor, shiftFactor } = this.design;
    const tiny = this.design.kind === 'tiny' ? floatOutput(outputs, 'latents') : undefined;
    return {
      sample: (noise) => {
        const encoded = tiny ?? sampleMoments(outputs, noise);
        assertFinite(encoded.data, 'The image encoder');
        return float32(
          encoded.data.map((value) => (value - shiftFactor) * scalingFactor),
          encoded.shape,
        );
      },
    };
  }

  /** Latents as the UNet sees them → float32 [1, out_channels, H, W], about -1 … 1. */
  async decode(latents: Tensor<'float32'>): Promise<Tensor<'float32'>> {
    const { scalingFactor, shiftFactor } = this.design;
    const unscaled = float32(
      latents.data.map((value) => value / scalingFactor + shiftFactor),
      latents.shape,
    );
    const pixels = floatOutput(await (await this.decoder()).run({ latents: unscaled }), 'sample');
    assertFinite(pixels.data, 'The image decoder');
    return pixels;
  }
}

function sampleMoments(
  outputs: Readonly<Record<string, Tensor>>,
  noise: Pick<NoiseSource, 'encode'>,
): Tensor<'float32'> {
  const mean = floatOutput(outputs, 'mean');
  const logvar = floatOutput(outputs, 'logvar');
  const draw = noise.encode(mean.data.length);
  return float32(
    mean.data.map((value, i) => value + Math.exp(0.5 * (logvar.data[i] ?? NaN)) * (draw[i] ?? NaN)),
    mean.shape,
  );
}
