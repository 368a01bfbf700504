/** Reads the style of reference icons from their latents (research/model/nets/style_encoder.py). */
import { CPU_FORM, GraphBuilder, type Graph, type Value } from '../graph/graph';
import { Add, Concat, Mul, ReduceMean, Reshape, Sqrt, Sub, Transpose } from '../graph/ops/index';
import type { WeightSource } from '../checkpoints/weight-source';
import { conv, layerNorm, linear, silu } from './layers';
import { Module, type BuildOptions } from './module';
import type { StyleEncoderConfig } from './style-encoder-config';

const LAYER_NORM_EPSILON = 1e-5;

/** Tokens that one reference gives, one for each 2 × 2 latent pixels. */
export function tokensOfReference({ sampleSize }: StyleEncoderConfig): number {
  return (sampleSize / 2) ** 2;
}

/**
 * Input `references` float32 [count, latent_channels, sample_size, sample_size], as the denoiser sees latents; their order does not matter.
 * Outputs: `tokens` [1, count · tokensOfReference, cross_attention_dim] and `style` [1, pooled].
 */
export function buildStyleEncoder(
  config: StyleEncoderConfig,
  weights: WeightSource,
  { form = CPU_FORM, taps }: BuildOptions = {},
): Graph {
  const g = new GraphBuilder('StyleEncoder', form);
  const m = new Module(g, weights, '', { taps });
  const { latentChannels, sampleSize, crossAttentionDim } = config;
  const references = g.input('references', 'float32', ['count', latentChannels, sampleSize, sampleSize]);
  const hidden = convolved(m, config, references);

  const flat = Reshape(g, hidden, ['count', config.width, tokensOfReference(config)], 'flat');
  const projected = linear(m.at('proj_out'), Transpose(g, flat, [0, 2, 1], 'cells'), crossAttentionDim);
  const places = m.weight('position_embedding', [tokensOfReference(config), crossAttentionDim]);
  const tokens = Add(g, layerNorm(m.at('norm'), projected, LAYER_NORM_EPSILON), places, 'placed');
  g.output('tokens', Reshape(g, tokens, [1, -1, crossAttentionDim], 'tokens'));
  g.output('style', pooledStyle(m, config, references, hidden));
  return g.finish();
}

/** [count, channels, side, side] → [count, width, side / 2, side / 2] */
function convolved(m: Module, { width }: StyleEncoderConfig, references: Value): Value {
  const same = { kernel: 3, padding: 1 } as const;
  const layer = (name: string, x: Value, stride: number, out: number): Value =>
    silu(m.at(name), conv(m.at(name), x, out, { ...same, stride }));
  const halved = layer('conv_down', layer('conv_in', references, 1, width / 2), 2, width);
  return Add(m.g, halved, layer('conv_2', layer('conv_1', halved, 1, width), 1, width), 'hidden');
}

/** Means say which colours and how much ink, spreads how evenly; then the mean over all references. */
function pooledStyle(m: Module, { sampleSize, pooled }: StyleEncoderConfig, references: Value, hidden: Value): Value {
  const { g } = m;
  const mean = (x: Value, name: string): Value => ReduceMean(g, x, [2, 3], { keepdims: 0 }, name);
  const centred = Sub(g, references, ReduceMean(g, references, [2, 3], { keepdims: 1 }, 'centre'), 'centred');
  const pixels = sampleSize * sampleSize;
  // torch's std: the unbiased estimate.
  const variance = Mul(
    g,
    mean(Mul(g, centred, centred, 'squares'), 'variance.biased'),
    pixels / (pixels - 1),
    'variance',
  );
  const each = [mean(hidden, 'hidden.mean'), mean(references, 'mean'), Sqrt(g, variance, 'spread')];
  const features = ReduceMean(g, Concat(g, each, { axis: 1 }, 'features'), [0], { keepdims: 1 }, 'features.mean');
  return linear(m.at('pool_2'), silu(m.at('pool_1'), linear(m.at('pool_1'), features, pooled)), pooled);
}
