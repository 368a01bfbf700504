/** config.json of UNet2DConditionModel, with diffusers' defaults. */
import * as v from 'valibot';
import { UserError } from '../../domain/errors';
import {
  checkDivides,
  checkLength,
  count,
  countOrCounts,
  counts,
  parseConfig,
  perLevel,
  positive,
  type Supported,
} from './config';

export interface UNetConfig {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Latent pixels of the training size; absent when the file does not say. */
  readonly sampleSize: number | undefined;
  readonly blockOutChannels: readonly number[];
  readonly downBlocks: readonly string[];
  readonly upBlocks: readonly string[];
  /** Between going down and up. Compressed models have nothing there (BK-SDM small and tiny, tiny-sd, SDXS), or no attention (SSD-1B, Vega). */
  readonly middle: 'attention' | 'resnet' | 'none';
  /** Per down level. */
  readonly layersPerBlock: readonly number[];
  /** Transformer layers by block and by the place in it. */
  readonly depths: TransformerDepths;
  /** Attention heads per down level (not head sizes). */
  readonly heads: readonly number[];
  readonly crossAttentionDim: number;
  readonly normNumGroups: number;
  readonly normEps: number;
  readonly useLinearProjection: boolean;
  /** Width of the guidance embedding; absent in models that are not LCMs. */
  readonly timeCondProjDim: number | undefined;
  /** Cross-attention also attends to image tokens, by keys and values of their own (IP-Adapter, Ye et al. 2023). */
  readonly imageAttention: boolean;
  /** SDXL: pooled text and sizes of the picture enter the time embedding. */
  readonly addition: Addition | undefined;
  readonly flipSinToCos: boolean;
  readonly freqShift: number;
  readonly downsamplePadding: number;
}

export interface TransformerDepths {
  readonly down: readonly (readonly number[])[];
  readonly middle: number;
  readonly up: readonly (readonly number[])[];
}

export interface Addition {
  /** Width of the sinusoid of each size. */
  readonly sizeWidth: number;
  /** Width of the pooled text. */
  readonly pooledWidth: number;
}

/** What SDXL is told about a picture: original height and width, top and left of the crop, target height and width, in pixels. */
export const PICTURE_SIZES = 6;

const SUPPORTED: Supported = {
  _class_name: ['UNet2DConditionModel'],
  act_fn: ['silu', 'swish'],
  addition_embed_type: ['text_time'],
  attention_type: ['default'],
  center_input_sample: [false],
  class_embed_type: [],
  conv_in_kernel: [3],
  conv_out_kernel: [3],
  cross_attention_norm: [],
  dual_cross_attention: [false],
  encoder_hid_dim: [],
  // Keys and values of image tokens beside the text's (IP-Adapter).
  encoder_hid_dim_type: ['ip_image_proj'],
  mid_block_only_cross_attention: [false],
  mid_block_scale_factor: [1],
  num_class_embeds: [],
  only_cross_attention: [false],
  resnet_out_scale_factor: [1],
  resnet_skip_time_act: [false],
  resnet_time_scale_shift: ['default'],
  time_embedding_act_fn: [],
  time_embedding_dim: [],
  time_embedding_type: ['positional'],
  timestep_post_act: [],
};

const nullish = <T extends v.GenericSchema>(schema: T) => v.nullish(schema);

const blockDepths = v.array(countOrCounts);

const schema = v.object({
  in_channels: v.optional(count, 4),
  out_channels: v.optional(count, 4),
  sample_size: nullish(countOrCounts),
  block_out_channels: v.optional(counts, [320, 640, 1280, 1280]),
  down_block_types: v.optional(v.array(v.picklist(['CrossAttnDownBlock2D', 'DownBlock2D'])), [
    'CrossAttnDownBlock2D',
    'CrossAttnDownBlock2D',
    'CrossAttnDownBlock2D',
    'DownBlock2D',
  ]),
  up_block_types: v.optional(v.array(v.picklist(['CrossAttnUpBlock2D', 'UpBlock2D'])), [
    'UpBlock2D',
    'CrossAttnUpBlock2D',
    'CrossAttnUpBlock2D',
    'CrossAttnUpBlock2D',
  ]),
  // null is a model without a middle; an absent field is diffusers' default.
  mid_block_type: v.optional(
    v.nullable(v.picklist(['UNetMidBlock2DCrossAttn', 'UNetMidBlock2D'])),
    'UNetMidBlock2DCrossAttn',
  ),
  layers_per_block: v.optional(countOrCounts, 2),
  transformer_layers_per_block: v.optional(v.union([count, blockDepths]), 1),
  reverse_transformer_layers_per_block: nullish(blockDepths),
  attention_head_dim: v.optional(countOrCounts, 8),
  num_attention_heads: nullish(countOrCounts),
  cross_attention_dim: v.optional(countOrCounts, 1280),
  norm_num_groups: v.optional(count, 32),
  norm_eps: v.optional(positive, 1e-5),
  use_linear_projection: v.optional(v.boolean(), false),
  time_cond_proj_dim: nullish(count),
  encoder_hid_dim_type: nullish(v.string()),
  addition_embed_type: nullish(v.string()),
  addition_time_embed_dim: nullish(count),
  projection_class_embeddings_input_dim: nullish(count),
  flip_sin_to_cos: v.optional(v.boolean(), true),
  freq_shift: v.optional(v.number(), 0),
  downsample_padding: v.optional(v.picklist([0, 1]), 1),
});

/** Throws `unsupported` naming the field and the value, or `bad-checkpoint` when fields contradict each other. */
export function parseUNetConfig(json: unknown, origin: string): UNetConfig {
  const config = parseConfig(json, { schema, supported: SUPPORTED, origin });
  const channels = config.block_out_channels;
  const levels = ['block_out_channels', channels.length] as const;
  const listed = (field: string, value: number | readonly number[]): readonly number[] => {
    const list = perLevel(value, channels.length);
    checkLength(origin, [field, list], levels);
    return list;
  };
  for (const field of ['down_block_types', 'up_block_types'] as const)
    checkLength(origin, [field, config[field]], levels);
  checkDivides(origin, ['norm_num_groups', config.norm_num_groups], channels);
  // In SD1.x and SD2.x files `attention_head_dim` holds the number of heads (diffusers issue 2011).
  const headsField = config.num_attention_heads == null ? 'attention_head_dim' : 'num_attention_heads';
  const heads = listed(headsField, config.num_attention_heads ?? config.attention_head_dim);
  channels.forEach((size, level) => {
    if (attends(config, level)) checkDivides(origin, [headsField, heads[level] ?? 1], [size]);
  });
  const crossAttentionDims = new Set(listed('cross_attention_dim', config.cross_attention_dim));
  const [crossAttentionDim = 0] = crossAttentionDims;
  if (crossAttentionDims.size !== 1) {
    throw new UserError(
      'unsupported',
      `${origin}: "cross_attention_dim" differs between levels; Fourstep supports one text width.`,
    );
  }
  const layersPerBlock = listed('layers_per_block', config.layers_per_block);
  return {
    inChannels: config.in_channels,
    outChannels: config.out_channels,
    sampleSize: typeof config.sample_size === 'number' ? config.sample_size : config.sample_size?.[0],
    blockOutChannels: channels,
    downBlocks: config.down_block_types,
    upBlocks: config.up_block_types,
    middle: middleOf(config),
    layersPerBlock,
    depths: depthsOf(config, layersPerBlock, origin),
    heads,
    crossAttentionDim,
    normNumGroups: config.norm_num_groups,
    normEps: config.norm_eps,
    useLinearProjection: config.use_linear_projection,
    timeCondProjDim: config.time_cond_proj_dim ?? undefined,
    addition: additionOf(config, origin),
    imageAttention: typeof config.encoder_hid_dim_type === 'string',
    flipSinToCos: config.flip_sin_to_cos,
    freqShift: config.freq_shift,
    downsamplePadding: config.downsample_padding,
  };
}

type Config = v.InferOutput<typeof schema>;

function middleOf({ mid_block_type: middle }: Config): UNetConfig['middle'] {
  if (middle === null) return 'none';
  return middle === 'UNetMidBlock2D' ? 'resnet' : 'attention';
}

/**
 * One number for all layers of a block or one for each; going up the blocks of going down in reverse, unless they have a list of their own
 * (diffusers' UNet2DConditionModel). Throws `bad-checkpoint` where a list has another length than its block has layers.
 */
function depthsOf(config: Config, layersPerBlock: readonly number[], origin: string): TransformerDepths {
  const { transformer_layers_per_block: given, reverse_transformer_layers_per_block: reverse } = config;
  const levels = typeof given === 'number' ? layersPerBlock.map(() => given) : given;
  const spread = (field: string, blocks: readonly (number | readonly number[])[], layers: readonly number[]) => {
    checkLength(origin, [field, blocks], ['block_out_channels', layers.length]);
    return blocks.map((depth, block) => {
      const list = perLevel(depth, layers[block] ?? 1);
      checkLength(origin, [`${field}[${block}]`, list], ['layers of the block', layers[block] ?? 1]);
      return list;
    });
  };
  const last = levels.at(-1) ?? 1;
  const upLayers = layersPerBlock.map((layers) => layers + 1).reverse();
  return {
    down: spread('transformer_layers_per_block', levels, layersPerBlock),
    middle: typeof last === 'number' ? last : (last[0] ?? 1),
    up:
      reverse == null
        ? spread('transformer_layers_per_block', [...levels].reverse(), upLayers)
        : spread('reverse_transformer_layers_per_block', reverse, upLayers),
  };
}

function additionOf(config: Config, origin: string): Addition | undefined {
  if (config.addition_embed_type == null) return undefined;
  const { addition_time_embed_dim: sizeWidth, projection_class_embeddings_input_dim: width } = config;
  if (sizeWidth == null || width == null || width <= PICTURE_SIZES * sizeWidth) {
    throw new UserError(
      'bad-checkpoint',
      `${origin}: "addition_embed_type" asks for a "projection_class_embeddings_input_dim" of more than ${PICTURE_SIZES} times "addition_time_embed_dim"; found ${width ?? 'none'} and ${sizeWidth ?? 'none'}.`,
    );
  }
  return { sizeWidth, pooledWidth: width - PICTURE_SIZES * sizeWidth };
}

/** True where a level has attention going down or up, or is the last one, whose channels the middle shares where it attends. */
function attends(config: Config, level: number): boolean {
  const last = config.block_out_channels.length - 1;
  const { down_block_types: down, up_block_types: up } = config;
  return (
    (level === last && middleOf(config) === 'attention') ||
    down[level] === 'CrossAttnDownBlock2D' ||
    up[last - level] === 'CrossAttnUpBlock2D'
  );
}
