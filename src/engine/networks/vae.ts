/** AutoencoderKL: pixels to the moments of a latent distribution, latents to pixels. */
import { CPU_FORM, GraphBuilder, type Graph, type Value } from '../graph/graph';
import { Add, Clip, Reshape, Split, Transpose } from '../graph/ops/index';
import { product } from '../graph/dims';
import type { WeightSource } from '../checkpoints/weight-source';
import { attend } from './attention';
import { withCurrentAttentionKeys } from './vae-keys';
import { conv, groupNorm, linear, silu } from './layers';
import { knownDim, Module, type BuildOptions } from './module';
import { downsample, resnetBlock, upsample } from './resnet';
import type { AutoencoderKLConfig } from './vae-config';

/** Every GroupNorm of the autoencoder (diffusers passes resnet_eps 1e-6 everywhere). */
const EPSILON = 1e-6;

/**
 * Input `sample` float32 [batch, in_channels, height, width] in [-1, 1]. Outputs `mean` and `logvar` (clamped to [-30, 20]),
 * [batch, latent_channels, height/f, width/f], not yet multiplied by scaling_factor.
 */
export function buildVaeEncoder(
  config: AutoencoderKLConfig,
  source: WeightSource,
  { form = CPU_FORM, taps }: BuildOptions = {},
): Graph {
  const g = new GraphBuilder('AutoencoderKL.encode', form);
  const m = new Module(g, withCurrentAttentionKeys(source), '', { taps });
  const sample = g.input('sample', 'float32', ['batch', config.inChannels, 'height', 'width']);
  const encoder = m.at('encoder');
  let hidden = conv(encoder.at('conv_in'), sample, config.blockOutChannels[0] ?? 0, { kernel: 3, padding: 1 });
  config.blockOutChannels.forEach((out, level) => {
    const block = encoder.at(`down_blocks.${level}`);
    for (let i = 0; i < config.layersPerBlock; i++) hidden = resnet(block.at(`resnets.${i}`), config, hidden, out);
    if (level < config.blockOutChannels.length - 1) hidden = downsample(block.at('downsamplers.0'), hidden, 0);
    block.tap(hidden);
  });
  hidden = midBlock(encoder.at('mid_block'), config, hidden);
  const moments = project(encoder, config, hidden, 2 * config.latentChannels);
  const quantised = config.useQuantConv
    ? conv(m.at('quant_conv'), moments, 2 * config.latentChannels, { kernel: 1 })
    : moments;
  const [mean, logvar] = Split(g, quantised, [config.latentChannels, config.latentChannels], { axis: 1 }, 'moments');
  if (mean === undefined || logvar === undefined) throw new Error('Split gave no halves');
  g.output('mean', mean);
  g.output('logvar', Clip(g, logvar, -30, 20, 'logvar.clamped'));
  return g.finish();
}

/**
 * Input `latents` float32 [batch, latent_channels, height, width], already divided by scaling_factor.
 * Output `sample` float32 [batch, out_channels, f·height, f·width], about -1…1, not clamped.
 */
export function buildVaeDecoder(
  config: AutoencoderKLConfig,
  source: WeightSource,
  { form = CPU_FORM, taps }: BuildOptions = {},
): Graph {
  const g = new GraphBuilder('AutoencoderKL.decode', form);
  const m = new Module(g, withCurrentAttentionKeys(source), '', { taps });
  const latents = g.input('latents', 'float32', ['batch', config.latentChannels, 'height', 'width']);
  const z = config.usePostQuantConv
    ? conv(m.at('post_quant_conv'), latents, config.latentChannels, { kernel: 1 })
    : latents;
  const decoder = m.at('decoder');
  const channels = [...config.blockOutChannels].reverse();
  let hidden = conv(decoder.at('conv_in'), z, channels[0] ?? 0, { kernel: 3, padding: 1 });
  hidden = midBlock(decoder.at('mid_block'), config, hidden);
  channels.forEach((out, level) => {
    const block = decoder.at(`up_blocks.${level}`);
    for (let i = 0; i <= config.layersPerBlock; i++) hidden = resnet(block.at(`resnets.${i}`), config, hidden, out);
    if (level < channels.length - 1) {
      hidden = upsample(block.at('upsamplers.0'), hidden);
    }
    block.tap(hidden);
  });
  g.output('sample', project(decoder, config, hidden, config.outChannels));
  return g.finish();
}

function resnet(m: Module, config: AutoencoderKLConfig, x: Value, out: number): Value {
  return resnetBlock(m, x, { out, groups: config.normNumGroups, epsilon: EPSILON });
}

function project(m: Module, config: AutoencoderKLConfig, x: Value, out: number): Value {
  const normal = groupNorm(m.at('conv_norm_out'), x, config.normNumGroups, EPSILON);
  return conv(m.at('conv_out'), silu(m.at('conv_norm_out'), normal), out, { kernel: 3, padding: 1 });
}

function midBlock(m: Module, config: AutoencoderKLConfig, x: Value): Value {
  const channels = knownDim(x, 1);
  const first = resnet(m.at('resnets.0'), config, x, channels);
  const attended = config.midBlockAddAttention ? attentionBlock(m.at('attentions.0'), config, first) : first;
  return m.tap(resnet(m.at('resnets.1'), config, attended, channels));
}

/** Single-head attention over pixels, all projections biased, with a residual. */
function attentionBlock(m: Module, config: AutoencoderKLConfig, x: Value): Value {
  const { g } = m;
  const [batch = 1, , height = 1, width = 1] = x.shape;
  const channels = knownDim(x, 1);
  const normal = groupNorm(m.at('group_norm'), x, config.normNumGroups, EPSILON);
  const flat = Reshape(g, normal, [batch, channels, product(height, width)], m.pathOf('flat'));
  const tokens = Transpose(g, flat, [0, 2, 1], m.pathOf('tokens'));
  const mixed = attend(m, {
    query: linear(m.at('to_q'), tokens, channels),
    key: linear(m.at('to_k'), tokens, channels),
    value: linear(m.at('to_v'), tokens, channels),
    heads: 1,
  });
  const out = Transpose(g, linear(m.at('to_out.0'), mixed, channels), [0, 2, 1], m.pathOf('channels'));
  return m.tap(Add(g, Reshape(g, out, x.shape, m.pathOf('image')), x, m.path));
}
