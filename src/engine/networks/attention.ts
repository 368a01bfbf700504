/** Attention and the transformer block of Stable Diffusion's UNet. */
import type { Value } from '../graph/graph';
import { product } from '../graph/dims';
import {
  Add,
  Concat,
  Div,
  Erf,
  MatMul,
  Mul,
  MultiHeadAttention,
  Reshape,
  Softmax,
  Split,
  Transpose,
} from '../graph/ops/index';
import { conv, groupNorm, layerNorm, linear } from './layers';
import { asBlock, knownDim, type Module } from './module';

/** GroupNorm in front of a spatial transformer has its own epsilon, whatever `norm_eps` says (diffusers Transformer2DModel). */
const TRANSFORMER_NORM_EPSILON = 1e-6;
const LAYER_NORM_EPSILON = 1e-5;

/** Above this many keys the fused operator wins on the CPU; with fewer (text) the plain form does (measured, bench/README.md). */
const FUSED_MIN_KEYS = 128;

export interface AttentionInputs {
  /** [batch, queries, channels] */
  readonly query: Value;
  /** [batch, keys, channels] */
  readonly key: Value;
  readonly value: Value;
  readonly heads: number;
  /** Added to the scores before the softmax, broadcastable to [batch, heads, queries, keys]. */
  readonly mask?: Value;
}

/** softmax(q kᵀ / √d + mask) v with the heads laid side by side in the channel axis. */
export function attend(m: Module, { query, key, value, heads, mask }: AttentionInputs): Value {
  const { g } = m;
  const keys = key.shape[1];
  const manyKeys = typeof keys !== 'number' || keys >= FUSED_MIN_KEYS;
  if (
    g.form.provider === 'cpu' &&
    !g.form.differentiable &&
    mask === undefined &&
    manyKeys &&
    key.shape[1] === query.shape[1]
  ) {
    return MultiHeadAttention(g, query, key, value, { num_heads: heads }, m.pathOf('attend'));
  }
  const depth = knownDim(query, 2) / heads;
  if (g.form.recompute !== undefined && mask === undefined) return attendByHead(m, { query, key, value, heads });
  const split = (x: Value, perm: readonly number[], name: string): Value =>
    Transpose(
      g,
      Reshape(g, x, [x.shape[0] ?? 1, x.shape[1] ?? -1, heads, depth], m.pathOf(`${name}.heads`)),
      perm,
      m.pathOf(`${name}.split`),
    );
  const scaled = Mul(g, split(query, [0, 2, 1, 3], 'query'), 1 / Math.sqrt(depth), m.pathOf('query.scaled'));
  const scores = MatMul(g, scaled, split(key, [0, 2, 3, 1], 'key'), m.pathOf('scores'));
  const masked = mask === undefined ? scores : Add(g, scores, mask, m.pathOf('masked'));
  const weights = Softmax(g, masked, { axis: -1 }, m.pathOf('weights'));
  const mixed = MatMul(g, weights, split(value, [0, 2, 1, 3], 'value'), m.pathOf('mixed'));
  return Reshape(g, Transpose(g, mixed, [0, 2, 1, 3], m.pathOf('joined')), query.shape, m.pathOf('attend'));
}

/** One head after the other, none of whose score matrices outlives its turn, forward or backward. */
function attendByHead(m: Module, { query, key, value, heads }: AttentionInputs): Value {
  const { g } = m;
  const depths = new Array<number>(heads).fill(knownDim(query, 2) / heads);
  const split = (x: Value, name: string): Value[] => Split(g, x, depths, { axis: 2 }, m.pathOf(`${name}.heads`));
  const scaled = Mul(g, query, 1 / Math.sqrt(depths[0] ?? 1), m.pathOf('query.scaled'));
  const [queries, keys, values] = [split(scaled, 'query'), split(key, 'key'), split(value, 'value')];
  const mixed = queries.map((q, head) =>
    g.segment(() => {
      const [k, v] = [keys[head] ?? key, values[head] ?? value];
      const scores = MatMul(g, q, Transpose(g, k, [0, 2, 1], m.pathOf(`key.${head}`)), m.pathOf(`scores.${head}`));
      return MatMul(g, Softmax(g, scores, { axis: -1 }, m.pathOf(`weights.${head}`)), v, m.pathOf(`mixed.${head}`));
    }),
  );
  return Concat(g, mixed, { axis: 2 }, m.pathOf('attend'));
}

/** What cross-attention attends to. */
export interface Context {
  /** [batch, tokens, cross_attention_dim] */
  readonly text: Value;
  readonly image: ImageContext | undefined;
}

/** Image tokens have keys and values of their own; what they answer is added times `scale` (IP-Adapter, Ye et al. 2023). */
export interface ImageContext {
  /** [batch, image_tokens, cross_attention_dim] */
  readonly tokens: Value;
  /** [batch, 1, 1] */
  readonly scale: Value;
}

/** diffusers `Attention`: to_q, to_k, to_v without bias, to_out.0 with; image tokens as IPAdapterAttnProcessor names them. */
function attention(m: Module, x: Value, { text, image }: Context, heads: number): Value {
  const { g } = m;
  const channels = knownDim(x, 2);
  const project = (name: string, input: Value): Value => linear(m.at(name), input, channels, { bias: false });
  const query = project('to_q', x);
  const answer = attend(m, { query, key: project('to_k', text), value: project('to_v', text), heads });
  const out = (hidden: Value): Value => m.tap(linear(m.at('to_out.0'), hidden, channels));
  if (image === undefined) return out(answer);
  const [key, value] = [project('processor.to_k_ip.0', image.tokens), project('processor.to_v_ip.0', image.tokens)];
  const seen = attend(m.at('processor'), { query, key, value, heads });
  return out(Add(g, answer, Mul(g, seen, image.scale, m.pathOf('image.scaled')), m.pathOf('image.added')));
}

/** Exact (erf) GELU. */
export function gelu(m: Module, x: Value): Value {
  const { g } = m;
  const erf = Erf(g, Div(g, x, Math.SQRT2, m.pathOf('gelu.scaled')), m.pathOf('gelu.erf'));
  const gate = Mul(g, x, Add(g, erf, 1, m.pathOf('gelu.one')), m.pathOf('gelu.gate'));
  return Mul(g, gate, 0.5, m.pathOf('gelu'));
}

/** GEGLU feed-forward: the first half of net.0.proj times gelu of the second half, then net.2. */
function feedForward(m: Module, x: Value): Value {
  const channels = knownDim(x, 2);
  const inner = 4 * channels;
  const projected = linear(m.at('net.0.proj'), x, 2 * inner);
  const [hidden, gate] = Split(m.g, projected, [inner, inner], { axis: -1 }, m.pathOf('net.0.halves'));
  if (hidden === undefined || gate === undefined) throw new Error('Split gave no halves');
  const gated = Mul(m.g, hidden, gelu(m.at('net.0'), gate), m.pathOf('net.0'));
  return m.tap(linear(m.at('net.2'), gated, channels));
}

/** BasicTransformerBlock: self-attention, cross-attention, feed-forward, each on the normalised input and added to it. */
function transformerBlock(m: Module, x: Value, context: Context, heads: number): Value {
  return asBlock(m, () => transformerBlockOf(m, x, context, heads));
}

function transformerBlockOf(m: Module, x: Value, context: Context, heads: number): Value {
  const { g } = m;
  const norm1 = layerNorm(m.at('norm1'), x, LAYER_NORM_EPSILON);
  const self = Add(g, attention(m.at('attn1'), norm1, { text: norm1, image: undefined }, heads), x, m.pathOf('self'));
  const norm2 = layerNorm(m.at('norm2'), self, LAYER_NORM_EPSILON);
  const cross = Add(g, attention(m.at('attn2'), norm2, context, heads), self, m.pathOf('cross'));
  const norm3 = layerNorm(m.at('norm3'), cross, LAYER_NORM_EPSILON);
  return m.tap(Add(g, feedForward(m.at('ff'), norm3), cross, m.path));
}

export interface SpatialTransformerOptions {
  readonly heads: number;
  readonly layers: number;
  readonly groups: number;
  /** proj_in and proj_out are linear layers (SD2.x) instead of 1×1 convolutions. */
  readonly useLinearProjection: boolean;
}

/** Transformer2DModel: every pixel of x [batch, C, h, w] is a token. */
export function spatialTransformer(m: Module, x: Value, context: Context, options: SpatialTransformerOptions): Value {
  const { g } = m;
  const [batch = 1, , height = 1, width = 1] = x.shape;
  const channels = knownDim(x, 1);
  const normal = groupNorm(m.at('norm'), x, options.groups, TRANSFORMER_NORM_EPSILON);
  const toTokens = (image: Value): Value =>
    Transpose(
      g,
      Reshape(g, image, [batch, channels, product(height, width)], m.pathOf('flat')),
      [0, 2, 1],
      m.pathOf('tokens'),
    );
  const toImage = (tokens: Value): Value =>
    Reshape(g, Transpose(g, tokens, [0, 2, 1], m.pathOf('channels')), x.shape, m.pathOf('image'));
  let tokens = options.useLinearProjection
    ? linear(m.at('proj_in'), toTokens(normal), channels)
    : toTokens(conv(m.at('proj_in'), normal, channels, { kernel: 1 }));
  for (let layer = 0; layer < options.layers; layer++) {
    tokens = transformerBlock(m.at(`transformer_blocks.${layer}`), tokens, context, options.heads);
  }
  const projected = options.useLinearProjection
    ? toImage(linear(m.at('proj_out'), tokens, channels))
    : conv(m.at('proj_out'), toImage(tokens), channels, { kernel: 1 });
  return m.tap(Add(g, projected, x, m.path));
}
