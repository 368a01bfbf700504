/** config.json of AutoencoderTiny, with diffusers' defaults. */
import * as v from 'valibot';
import { checkLength, count, counts, parseConfig, positive, type Supported } from './config';

export interface AutoencoderTinyConfig {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly latentChannels: number;
  readonly encoderBlockOutChannels: readonly number[];
  readonly decoderBlockOutChannels: readonly number[];
  /** Residual blocks per stage. */
  readonly numEncoderBlocks: readonly number[];
  readonly numDecoderBlocks: readonly number[];
  readonly upsamplingScalingFactor: number;
  readonly scalingFactor: number;
  readonly shiftFactor: number;
  /** Our own field: the model's RGBA pixels are premultiplied by alpha. */
  readonly rgbaPremultiplied: boolean;
}

// latent_magnitude and latent_shift only scale latents for storage as pictures; the forward pass does not use them.
const SUPPORTED: Supported = { _class_name: ['AutoencoderTiny'], act_fn: ['relu'], upsample_fn: ['nearest'] };

const blocks = v.pipe(
  v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1000))),
  v.minLength(1),
  v.maxLength(16),
);

const schema = v.object({
  in_channels: v.optional(count, 3),
  out_channels: v.optional(count, 3),
  latent_channels: v.optional(count, 4),
  encoder_block_out_channels: v.optional(counts, [64, 64, 64, 64]),
  decoder_block_out_channels: v.optional(counts, [64, 64, 64, 64]),
  num_encoder_blocks: v.optional(blocks, [1, 3, 3, 3]),
  num_decoder_blocks: v.optional(blocks, [3, 3, 3, 1]),
  upsampling_scaling_factor: v.optional(v.literal(2), 2),
  scaling_factor: v.optional(positive, 1),
  shift_factor: v.nullish(v.number()),
  rgba_premultiplied: v.optional(v.boolean(), false),
});

export function parseAutoencoderTinyConfig(json: unknown, origin: string): AutoencoderTinyConfig {
  const config = parseConfig(json, { schema, supported: SUPPORTED, origin });
  for (const field of ['num_decoder_blocks', 'encoder_block_out_channels', 'decoder_block_out_channels'] as const) {
    checkLength(origin, [field, config[field]], ['num_encoder_blocks', config.num_encoder_blocks.length]);
  }
  return {
    inChannels: config.in_channels,
    outChannels: config.out_channels,
    latentChannels: config.latent_channels,
    encoderBlockOutChannels: config.encoder_block_out_channels,
    decoderBlockOutChannels: config.decoder_block_out_channels,
    numEncoderBlocks: config.num_encoder_blocks,
    numDecoderBlocks: config.num_decoder_blocks,
    upsamplingScalingFactor: config.upsampling_scaling_factor,
    scalingFactor: config.scaling_factor,
    shiftFactor: config.shift_factor ?? 0,
    rgbaPremultiplied: config.rgba_premultiplied,
  };
}
