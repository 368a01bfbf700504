import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseClipTextConfig } from '../../../../src/engine/networks/clip-config';
import { parseAutoencoderTinyConfig } from '../../../../src/engine/networks/taesd-config';
import { parseUNetConfig } from '../../../../src/engine/networks/unet-config';
import { parseAutoencoderKLConfig } from '../../../../src/engine/networks/vae-config';
import { BUILT_IN_MODEL } from '../../../support/built-in-model';

const ORIGIN = 'model/config.json';
const builtIn = (part: string): unknown =>
  JSON.parse(readFileSync(path.join(BUILT_IN_MODEL, part, 'config.json'), 'utf8')) as unknown;

const PARSERS = {
  unet: parseUNetConfig,
  clip: parseClipTextConfig,
  kl: parseAutoencoderKLConfig,
  tiny: parseAutoencoderTinyConfig,
} as const;
type Kind = keyof typeof PARSERS;

const DOWN = ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'];
const UP = ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'];

describe('defaults, as diffusers and transformers have them', () => {
  it('an empty UNet config is Stable Diffusion 1.x', () => {
    expect(parseUNetConfig({}, ORIGIN)).toMatchObject({
      inChannels: 4,
      outChannels: 4,
      blockOutChannels: [320, 640, 1280, 1280],
      layersPerBlock: [2, 2, 2, 2],
      depths: {
        down: [
          [1, 1],
          [1, 1],
          [1, 1],
          [1, 1],
        ],
        middle: 1,
        up: [
          [1, 1, 1],
          [1, 1, 1],
          [1, 1, 1],
          [1, 1, 1],
        ],
      },
      heads: [8, 8, 8, 8],
      crossAttentionDim: 1280,
      normNumGroups: 32,
      normEps: 1e-5,
      useLinearProjection: false,
      timeCondProjDim: undefined,
      flipSinToCos: true,
      freqShift: 0,
      downsamplePadding: 1,
    });
  });

  it('SSD-1B has depths of its own for every layer, and no attention in the middle', () => {
    const levels = { block_out_channels: [64, 64, 64], down_block_types: DOWN, up_block_types: UP };
    const config = parseUNetConfig(
      {
        ...levels,
        mid_block_type: 'UNetMidBlock2D',
        transformer_layers_per_block: [1, [2, 2], [4, 4]],
        reverse_transformer_layers_per_block: [[4, 4, 10], [2, 1, 1], 1],
        addition_embed_type: 'text_time',
        addition_time_embed_dim: 256,
        projection_class_embeddings_input_dim: 2816,
      },
      ORIGIN,
    );
    expect(config).toMatchObject({
      middle: 'resnet',
      depths: { down: [[1, 1], [2, 2], [4, 4]], up: [[4, 4, 10], [2, 1, 1], [1, 1, 1]] }, // prettier-ignore
      addition: { sizeWidth: 256, pooledWidth: 1280 },
    });
  });

  it('an empty text encoder config is CLIPTextConfig()', () => {
    expect(parseClipTextConfig({}, ORIGIN)).toEqual({
      vocabSize: 49408,
      hiddenSize: 512,
      intermediateSize: 2048,
      numHiddenLayers: 12,
      numAttentionHeads: 8,
      maxPositionEmbeddings: 77,
      hiddenAct: 'quick_gelu',
      layerNormEps: 1e-5,
      eosTokenId: 49407,
      projectionDim: 512,
    });
  });

  it('an empty AutoencoderTiny config is TAESD', () => {
    expect(parseAutoencoderTinyConfig({}, ORIGIN)).toMatchObject({
      latentChannels: 4,
      encoderBlockOutChannels: [64, 64, 64, 64],
      numEncoderBlocks: [1, 3, 3, 3],
      numDecoderBlocks: [3, 3, 3, 1],
      scalingFactor: 1,
      rgbaPremultiplied: false,
    });
  });

  it('an AutoencoderKL config without factors has those of Stable Diffusion', () => {
    expect(parseAutoencoderKLConfig({ block_out_channels: [128, 256, 512, 512] }, ORIGIN)).toMatchObject({
      latentChannels: 4,
      scalingFactor: 0.18215,
      shiftFactor: 0,
      useQuantConv: true,
      usePostQuantConv: true,
      midBlockAddAttention: true,
    });
  });
});

describe('what a config may say in several ways', () => {
  it('attention_head_dim is the number of heads, one for all levels or one per level', () => {
    expect(parseUNetConfig({ attention_head_dim: [5, 10, 20, 20] }, ORIGIN).heads).toEqual([5, 10, 20, 20]);
  });

  it('num_attention_heads wins over attention_head_dim', () => {
    expect(parseUNetConfig({ attention_head_dim: 64, num_attention_heads: 10 }, ORIGIN).heads).toEqual([
      10, 10, 10, 10,
    ]);
  });

  it('heads of a level without attention are not looked at', () => {
    const config = {
      block_out_channels: [30, 64],
      norm_num_groups: 2,
      down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'],
      up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'],
      attention_head_dim: 8,
    };
    expect(parseUNetConfig(config, ORIGIN).heads).toEqual([8, 8]);
  });

  it('heads of the last level are not looked at either where there is no block in the middle', () => {
    const config = {
      block_out_channels: [64, 30],
      norm_num_groups: 2,
      down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'],
      up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'],
      attention_head_dim: 8,
    };
    expect(() => parseUNetConfig(config, ORIGIN)).toThrow('"attention_head_dim" is 8, which does not divide 30');
    expect(parseUNetConfig({ ...config, mid_block_type: null }, ORIGIN).heads).toEqual([8, 8]);
  });

  it('null is no block in the middle, and an absent field the usual one', () => {
    expect(parseUNetConfig({ mid_block_type: null }, ORIGIN).middle).toBe('none');
    expect(parseUNetConfig({}, ORIGIN).middle).toBe('attention');
  });

  it('a sample size may be given per side', () => {
    expect(parseUNetConfig({ sample_size: [96, 64] }, ORIGIN).sampleSize).toBe(96);
  });

  it('null is the same as absent', () => {
    const config = { time_cond_proj_dim: null, class_embed_type: null, num_attention_heads: null, sample_size: null };
    expect(parseUNetConfig(config, ORIGIN)).toEqual(parseUNetConfig({}, ORIGIN));
  });

  it('the built-in model is read with its own sizes, RGBA and premultiplied', () => {
    expect(parseUNetConfig(builtIn('unet'), ORIGIN)).toMatchObject({ inChannels: 16, timeCondProjDim: 256 });
    expect(parseAutoencoderTinyConfig(builtIn('vae'), ORIGIN)).toMatchObject({
      inChannels: 4,
      outChannels: 4,
      latentChannels: 16,
      numEncoderBlocks: [0, 1, 1, 2],
      rgbaPremultiplied: true,
    });
    expect(parseClipTextConfig(builtIn('text_encoder'), ORIGIN).maxPositionEmbeddings).toBe(32);
  });
});

describe('a config that asks for something the builders do not do is unsupported, by field and value', () => {
  const cases: readonly (readonly [Kind, string, unknown])[] = [
    ['unet', '_class_name', 'UNet3DConditionModel'],
    ['unet', 'dual_cross_attention', true],
    ['unet', 'class_embed_type', 'timestep'],
    ['unet', 'num_class_embeds', 1000],
    ['unet', 'act_fn', 'gelu'],
    ['unet', 'addition_embed_type', 'image'],
    ['unet', 'resnet_time_scale_shift', 'scale_shift'],
    ['unet', 'only_cross_attention', true],
    ['unet', 'encoder_hid_dim', 768],
    ['unet', 'encoder_hid_dim_type', 'text_proj'],
    ['unet', 'mid_block_type', 'UNetMidBlock2DSimpleCrossAttn'],
    ['unet', 'time_embedding_type', 'fourier'],
    ['unet', 'timestep_post_act', 'silu'],
    ['unet', 'conv_in_kernel', 1],
    ['unet', 'center_input_sample', true],
    ['unet', 'attention_type', 'gated'],
    ['clip', 'model_type', 't5'],
    ['clip', 'hidden_act', 'relu'],
    ['kl', '_class_name', 'VQModel'],
    ['kl', 'act_fn', 'relu'],
    ['kl', 'latents_mean', [0, 0, 0, 0]],
    ['tiny', '_class_name', 'AutoencoderKL'],
    ['tiny', 'act_fn', 'gelu'],
    ['tiny', 'upsample_fn', 'bilinear'],
    ['tiny', 'upsampling_scaling_factor', 4],
  ];
  it.each(cases)('%s: %s = %j', (kind, field, value) => {
    const error = expect.objectContaining({ code: 'unsupported' }) as unknown;
    expect(() => PARSERS[kind]({ [field]: value }, ORIGIN)).toThrow(error);
    expect(() => PARSERS[kind]({ [field]: value }, ORIGIN)).toThrow(`${ORIGIN}: "${field}"`);
    const shown = JSON.stringify(value).slice(0, 12);
    expect(() => PARSERS[kind]({ [field]: value }, ORIGIN)).toThrow(shown);
  });

  it.each([
    ['unet', 'down_block_types', 'AttnDownBlock2D'],
    ['unet', 'up_block_types', 'SimpleCrossAttnUpBlock2D'],
    ['kl', 'down_block_types', 'AttnDownEncoderBlock2D'],
  ] as const)('%s: a block in %s that is %s', (kind, field, block) => {
    const parse = (): unknown => PARSERS[kind]({ [field]: [block] }, ORIGIN);
    expect(parse).toThrow(expect.objectContaining({ code: 'unsupported' }) as unknown);
    expect(parse).toThrow(`"${field}.0"`);
    expect(parse).toThrow(block);
  });

  it('several text widths', () => {
    expect(() => parseUNetConfig({ cross_attention_dim: [768, 768, 768, 1024] }, ORIGIN)).toThrow(
      'cross_attention_dim',
    );
  });
});

describe('a config that contradicts itself is a bad checkpoint', () => {
  const cases: readonly (readonly [Kind, Record<string, unknown>, string])[] = [
    ['unet', { block_out_channels: [320, 640] }, '"down_block_types" has 4 entries'],
    ['unet', { layers_per_block: [2, 2] }, '"layers_per_block" has 2 entries'],
    ['unet', { transformer_layers_per_block: [1, [1, 2, 3], 1, 1] }, '"transformer_layers_per_block[1]" has 3 entries'],
    ['unet', { transformer_layers_per_block: [[1, 2], 1, 1, 1] }, '"transformer_layers_per_block[3]" has 2 entries'],
    ['unet', { reverse_transformer_layers_per_block: [1, 1] }, '"reverse_transformer_layers_per_block" has 2 entries'],
    ['unet', { addition_embed_type: 'text_time' }, 'found none and none'],
    ['unet', { attention_head_dim: [8, 8, 8] }, '"attention_head_dim" has 3 entries'],
    ['unet', { num_attention_heads: 7 }, '"num_attention_heads" is 7, which does not divide 320 channels'],
    ['unet', { norm_num_groups: 48 }, '"norm_num_groups" is 48, which does not divide 320 channels'],
    ['unet', { block_out_channels: [] }, '"block_out_channels"'],
    ['unet', { in_channels: 0 }, '"in_channels"'],
    ['unet', { in_channels: 1.5 }, '"in_channels"'],
    ['unet', { layers_per_block: 'two' }, '"layers_per_block"'],
    ['unet', { norm_eps: JSON.parse('1e999') as number }, '"norm_eps"'],
    ['clip', { num_attention_heads: 7 }, '"num_attention_heads" is 7, which does not divide 512 channels'],
    ['clip', { max_position_embeddings: 1e9 }, '"max_position_embeddings"'],
    ['kl', { block_out_channels: [48], norm_num_groups: 32 }, '"norm_num_groups" is 32'],
    ['kl', { up_block_types: ['UpDecoderBlock2D', 'UpDecoderBlock2D'] }, '"up_block_types" has 2 entries'],
    ['kl', { scaling_factor: 0 }, '"scaling_factor"'],
    ['tiny', { num_decoder_blocks: [1, 1] }, '"num_decoder_blocks" has 2 entries'],
    ['tiny', { num_encoder_blocks: [1, -1, 1, 1] }, '"num_encoder_blocks.1"'],
  ];
  it.each(cases)('%s: %j', (kind, config, message) => {
    const parse = (): unknown => PARSERS[kind](config, ORIGIN);
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ code: 'bad-checkpoint' }) as unknown);
  });

  it.each([[null], [[]], ['text'], [3]])('no JSON object but %j', (json) => {
    for (const parse of Object.values(PARSERS)) expect(() => parse(json, ORIGIN)).toThrow('expected a JSON object');
  });
});
