/** UNet2DConditionModel of Stable Diffusion 1.x, 2.x and XL. */
import { CPU_FORM, GraphBuilder, type Graph, type Value } from '../graph/graph';
import { Add, Concat } from '../graph/ops/index';
import type { WeightSource } from '../checkpoints/weight-source';
import { spatialTransformer, type Context } from './attention';
import { conv, groupNorm, linear, silu } from './layers';
import { Module, type BuildOptions } from './module';
import { downsample, resnetBlock, upsample } from './resnet';
import { PICTURE_SIZES, type Addition, type UNetConfig } from './unet-config';

export interface UNetBuildOptions extends BuildOptions {
  /** Sizes that are known and need not be free; training graphs run faster with all of them. */
  readonly sizes?: Partial<Record<UNetDim, number>>;
}

export type UNetDim = 'batch' | 'height' | 'width' | 'tokens' | 'image_tokens';

/** What a larger graph feeds the UNet, in the shapes of `buildUNet`'s inputs. */
export interface UNetInputs {
  readonly sample: Value;
  readonly sinusoid: Value;
  readonly context: Context;
  readonly timestepCond: Value | undefined;
  /** Pooled text and sizes, of a config with an addition. */
  readonly added: Value | undefined;
}

/**
 * The denoiser as a graph with free `batch`, `height`, `width` (latent pixels) and `tokens`.
 *
 * Inputs, float32: `sample` [batch, in_channels, height, width]; `timestep_sinusoid` [batch, block_out_channels[0]]
 * (`timestepSinusoid`: its arguments need more than float32, so it is computed outside); `encoder_hidden_states`
 * [batch, tokens, cross_attention_dim]; `timestep_cond` [batch, time_cond_proj_dim] when the config has it; `added_cond` [batch, pooled
 * width + 6 × size width] with an addition, the pooled text and the sinusoids of the six sizes side by side; with image attention
 * `image_hidden_states` [batch, image_tokens, cross_attention_dim] and `image_scale` [batch, 1, 1], their weight.
 * Output: `out_sample` [batch, out_channels, height, width].
 */
export function buildUNet(config: UNetConfig, weights: WeightSource, options: UNetBuildOptions = {}): Graph {
  const g = new GraphBuilder('UNet2DConditionModel', options.form ?? CPU_FORM);
  g.output('out_sample', unet(new Module(g, weights, '', options), config, unetInputs(g, config, options.sizes)));
  return g.finish();
}

/** The inputs of `buildUNet`, declared on a graph. */
export function unetInputs(g: GraphBuilder, config: UNetConfig, sizes: UNetBuildOptions['sizes'] = {}): UNetInputs {
  const { batch = 'batch', height = 'height', width = 'width', tokens = 'tokens' } = sizes;
  const { image_tokens: imageTokens = 'image_tokens' } = sizes;
  const { inChannels, blockOutChannels, crossAttentionDim, timeCondProjDim, imageAttention, addition } = config;
  const image = (): Context['image'] => ({
    tokens: g.input('image_hidden_states', 'float32', [batch, imageTokens, crossAttentionDim]),
    scale: g.input('image_scale', 'float32', [batch, 1, 1]),
  });
  return {
    sample: g.input('sample', 'float32', [batch, inChannels, height, width]),
    sinusoid: g.input('timestep_sinusoid', 'float32', [batch, blockOutChannels[0] ?? 0]),
    context: {
      text: g.input('encoder_hidden_states', 'float32', [batch, tokens, crossAttentionDim]),
      image: imageAttention ? image() : undefined,
    },
    timestepCond:
      timeCondProjDim === undefined ? undefined : g.input('timestep_cond', 'float32', [batch, timeCondProjDim]),
    added: addition === undefined ? undefined : g.input('added_cond', 'float32', [batch, addedWidth(addition)]),
  };
}

function addedWidth({ pooledWidth, sizeWidth }: Addition): number {
  return pooledWidth + PICTURE_SIZES * sizeWidth;
}

/** The denoiser as a part of a graph; returns [batch, out_channels, height, width]. */
export function unet(m: Module, config: UNetConfig, inputs: UNetInputs): Value {
  const { sample, context } = inputs;
  const time = timeEmbedding(m, config, inputs);
  const levels = new UNetLevels(config, m, context, time);

  let hidden = conv(m.at('conv_in'), sample, config.blockOutChannels[0] ?? 0, { kernel: 3, padding: 1 });
  const skips = [hidden];
  config.downBlocks.forEach((_, level) => {
    hidden = levels.down(level, hidden, skips);
  });
  if (config.middle !== 'none') hidden = levels.mid(hidden);
  config.upBlocks.forEach((_, level) => {
    hidden = levels.up(level, hidden, skips);
  });
  const normal = groupNorm(m.at('conv_norm_out'), hidden, config.normNumGroups, config.normEps);
  return conv(m.at('conv_out'), silu(m.at('conv_norm_out'), normal), config.outChannels, { kernel: 3, padding: 1 });
}

/** silu(mlp(sinusoid + cond_proj(w)) + mlp(added)): every resnet wants it activated, so that is done once. */
function timeEmbedding(m: Module, config: UNetConfig, { sinusoid, timestepCond, added }: UNetInputs): Value {
  const width = config.blockOutChannels[0] ?? 0;
  const embedding = m.at('time_embedding');
  const conditioned =
    timestepCond === undefined
      ? sinusoid
      : Add(
          m.g,
          sinusoid,
          linear(embedding.at('cond_proj'), timestepCond, width, { bias: false }),
          embedding.pathOf('conditioned'),
        );
  const time = twoLinear(embedding, conditioned, 4 * width);
  if (added === undefined) return silu(embedding, time);
  const addition = m.at('add_embedding');
  const sum = Add(m.g, time, twoLinear(addition, added, 4 * width), addition.pathOf('sum'));
  return silu(addition, sum);
}

/** linear_2(silu(linear_1(x))) */
function twoLinear(m: Module, x: Value, out: number): Value {
  const hidden = silu(m.at('linear_1'), linear(m.at('linear_1'), x, out));
  return m.tap(linear(m.at('linear_2'), hidden, out));
}

/** The blocks, with what all of them share. */
class UNetLevels {
  constructor(
    readonly config: UNetConfig,
    readonly m: Module,
    readonly context: Context,
    readonly activatedTime: Value,
  ) {}

  down(level: number, x: Value, skips: Value[]): Value {
    const block = this.m.at(`down_blocks.${level}`);
    const { depths } = this.config;
    const attention = this.config.downBlocks[level] === 'CrossAttnDownBlock2D';
    const layers = this.config.layersPerBlock[level] ?? 1;
    let hidden = x;
    for (let i = 0; i < layers; i++) {
      hidden = this.#resnet(block.at(`resnets.${i}`), hidden, this.#channels(level));
      if (attention) hidden = this.#attend(block.at(`attentions.${i}`), hidden, level, depths.down[level]?.[i]);
      skips.push(hidden);
    }
    if (level < this.config.downBlocks.length - 1) {
      hidden = downsample(block.at('downsamplers.0'), hidden, this.config.downsamplePadding);
      skips.push(hidden);
    }
    return block.tap(hidden);
  }

  mid(x: Value): Value {
    const block = this.m.at('mid_block');
    const level = this.config.blockOutChannels.length - 1;
    const first = this.#resnet(block.at('resnets.0'), x, this.#channels(level));
    if (this.config.middle === 'resnet') return block.tap(first);
    const attended = this.#attend(block.at('attentions.0'), first, level, this.config.depths.middle);
    return block.tap(this.#resnet(block.at('resnets.1'), attended, this.#channels(level)));
  }

  up(index: number, x: Value, skips: Value[]): Value {
    const block = this.m.at(`up_blocks.${index}`);
    const { depths } = this.config;
    const level = this.config.upBlocks.length - 1 - index;
    const attention = this.config.upBlocks[index] === 'CrossAttnUpBlock2D';
    const layers = (this.config.layersPerBlock[level] ?? 1) + 1;
    let hidden = x;
    for (let i = 0; i < layers; i++) {
      const skip = skips.pop();
      if (skip === undefined) throw new Error(`${block.path}: no skip connection left for layer ${i}`);
      hidden = Concat(this.m.g, [hidden, skip], { axis: 1 }, block.pathOf(`skip.${i}`));
      hidden = this.#resnet(block.at(`resnets.${i}`), hidden, this.#channels(level));
      if (attention) hidden = this.#attend(block.at(`attentions.${i}`), hidden, level, depths.up[index]?.[i]);
    }
    // Odd sizes: the skip of the next level says how large it was before it was halved (diffusers `upsample_size`).
    const next = skips.at(-1);
    if (index < this.config.upBlocks.length - 1 && next !== undefined) {
      hidden = upsample(block.at('upsamplers.0'), hidden, { height: next.shape[2] ?? 1, width: next.shape[3] ?? 1 });
    }
    return block.tap(hidden);
  }

  #channels(level: number): number {
    return this.config.blockOutChannels[level] ?? 0;
  }

  #resnet(m: Module, x: Value, out: number): Value {
    const { normNumGroups: groups, normEps: epsilon } = this.config;
    return resnetBlock(m, x, { out, groups, epsilon, activatedTime: this.activatedTime });
  }

  #attend(m: Module, x: Value, level: number, depth = 1): Value {
    return spatialTransformer(m, x, this.context, {
      heads: this.config.heads[level] ?? 1,
      layers: depth,
      groups: this.config.normNumGroups,
      useLinearProjection: this.config.useLinearProjection,
    });
  }
}
