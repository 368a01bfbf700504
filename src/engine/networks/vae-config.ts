/** config.json of AutoencoderKL, with diffusers' defaults. */
import * as v from 'valibot';
import { checkDivides, checkLength, count, counts, parseConfig, positive, type Supported } from './config';

export interface AutoencoderKLConfig {
  /** 3 = RGB, 4 = RGBA with real transparency. */
  readonly inChannels: number;
  readonly outChannels: number;
  readonly latentChannels: number;
  readonly blockOutChannels: readonly number[];
  readonly layersPerBlock: number;
  readonly normNumGroups: number;
  /** Latents the UNet sees = encoded · scalingFactor. */
  readonly scalingFactor: number;
  readonly shiftFactor: number;
  readonly useQuantConv: boolean;
  readonly usePostQuantConv: boolean;
  readonly midBlockAddAttention: boolean;
  /** Our own field: the model's RGBA pixels are premultiplied by alpha. */
  readonly rgbaPremultiplied: boolean;
}

const SUPPORTED: Supported = {
  _class_name: ['AutoencoderKL'],
  act_fn: ['silu', 'swish'],
  latents_mean: [],
  latents_std: [],
};

const schema = v.object({
  in_channels: v.optional(count, 3),
  out_channels: v.optional(count, 3),
  latent_channels: v.optional(count, 4),
  block_out_channels: v.optional(counts, [64]),
  layers_per_block: v.optional(count, 1),
  norm_num_groups: v.optional(count, 32),
  scaling_factor: v.optional(positive, 0.18215),
  shift_factor: v.nullish(v.number()),
  use_quant_conv: v.optional(v.boolean(), true),
  use_post_quant_conv: v.optional(v.boolean(), true),
  mid_block_add_attention: v.optional(v.boolean(), true),
  down_block_types: v.optional(v.array(v.literal('DownEncoderBlock2D'))),
  up_block_types: v.optional(v.array(v.literal('UpDecoderBlock2D'))),
  rgba_premultiplied: v.optional(v.boolean(), false),
});

export function parseAutoencoderKLConfig(json: unknown, origin: string): AutoencoderKLConfig {
  const config = parseConfig(json, { schema, supported: SUPPORTED, origin });
  checkDivides(origin, ['norm_num_groups', config.norm_num_groups], config.block_out_channels);
  for (const field of ['down_block_types', 'up_block_types'] as const) {
    const types = config[field];
    if (types !== undefined)
      checkLength(origin, [field, types], ['block_out_channels', config.block_out_channels.length]);
  }
  return {
    inChannels: config.in_channels,
    outChannels: config.out_channels,
    latentChannels: config.latent_channels,
    blockOutChannels: config.block_out_channels,
    layersPerBlock: config.layers_per_block,
    normNumGroups: config.norm_num_groups,
    scalingFactor: config.scaling_factor,
    shiftFactor: config.shift_factor ?? 0,
    useQuantConv: config.use_quant_conv,
    usePostQuantConv: config.use_post_quant_conv,
    midBlockAddAttention: config.mid_block_add_attention,
    rgbaPremultiplied: config.rgba_premultiplied,
  };
}
