/** config.json of the built-in model's StyleEncoder, whose class is our own. */
import * as v from 'valibot';
import { count, parseConfig, type Supported } from './config';

export interface StyleEncoderConfig {
  /** Channels of the latents that it reads. */
  readonly latentChannels: number;
  /** Latent pixels on each side of a reference. */
  readonly sampleSize: number;
  readonly width: number;
  /** Width of the tokens, which is the denoiser's `cross_attention_dim`. */
  readonly crossAttentionDim: number;
  /** Width of the one vector that stands beside the guidance embedding. */
  readonly pooled: number;
}

const SUPPORTED: Supported = { _class_name: ['StyleEncoder'], act_fn: ['silu'] };

const schema = v.object({
  latent_channels: count,
  sample_size: v.pipe(count, v.multipleOf(2)),
  width: v.pipe(count, v.multipleOf(2)),
  cross_attention_dim: count,
  pooled: count,
});

/** Throws `unsupported` naming the field and the value, or `bad-checkpoint`. */
export function parseStyleEncoderConfig(json: unknown, origin: string): StyleEncoderConfig {
  const config = parseConfig(json, { schema, supported: SUPPORTED, origin });
  return {
    latentChannels: config.latent_channels,
    sampleSize: config.sample_size,
    width: config.width,
    crossAttentionDim: config.cross_attention_dim,
    pooled: config.pooled,
  };
}
