/** CLIPTextModel, with or without its projection: token ids in, hidden states out. */
import { CPU_FORM, GraphBuilder, type Graph, type Value } from '../graph/graph';
import { Add, ArgMax, Cast, Equal, Gather, MatMul, Mul, Sigmoid, Squeeze, Unsqueeze } from '../graph/ops/index';
import { float32, int64 } from '../tensors/tensor';
import type { WeightSource } from '../checkpoints/weight-source';
import { attend, gelu } from './attention';
import type { ClipTextConfig } from './clip-config';
import { layerNorm, linear } from './layers';
import { Module, type BuildOptions } from './module';

/** Large enough to vanish in the softmax, small enough for half precision. */
const MASKED_SCORE = -10_000;

export interface ClipBuildOptions extends BuildOptions {
  /** Layers left out at the end; the norm stays, as with diffusers' `clip_skip`. 0 uses all. A web UI's "Clip skip: 2" is 1 here. */
  readonly clipSkip?: number;
  /**
   * `last` is the state after the last layer and the norm, as SD1.x and SD2.x read it; `penultimate` the one before the last layer and
   * without the norm, as SDXL does.
   */
  readonly state?: 'last' | 'penultimate';
  /** Places of the window may hold vectors that are in no vocabulary: the inputs `vectors` and `keeps_token`. */
  readonly vectors?: boolean | undefined;
  /** Also gives `pooler_output` [batch, hidden_size], or with `projected` `text_embeds` [batch, projection_dim]: always of all layers. */
  readonly pooled?: 'plain' | 'projected' | undefined;
}

/**
 * The text encoder with a free `batch` and a fixed window of `max_position_embeddings` tokens.
 * Input `input_ids` int64 [batch, window]. Output `last_hidden_state` float32 [batch, window, hidden_size], or
 * `penultimate_hidden_state`. With `vectors` also inputs `vectors` [batch, window, hidden_size], added where they stand for a word, and
 * `keeps_token` [batch, window, 1], 0 there and 1 elsewhere; and, with `pooled`, int64 `end_marks` [batch, window], the ids with numbers
 * beyond the vocabulary there. There is no padding mask, as in the Stable Diffusion pipelines. Taps hold `hidden_states.0` … (before the
 * norm).
 */
export function buildClipText(config: ClipTextConfig, weights: WeightSource, options: ClipBuildOptions = {}): Graph {
  const { form = CPU_FORM, taps, lora, clipSkip = 0, state = 'last', pooled, vectors = false } = options;
  const g = new GraphBuilder('CLIPTextModel', form);
  const m = new Module(g, weights, '', { taps, lora });
  const ids = g.input('input_ids', 'int64', ['batch', config.maxPositionEmbeddings]);
  const text = m.at('text_model');
  const read = config.numHiddenLayers - clipSkip - (state === 'penultimate' ? 1 : 0);
  const states = hiddenStates(text, config, {
    ids,
    vectors,
    layers: pooled === undefined ? read : config.numHiddenLayers,
  });
  states.forEach((hidden, layer) => taps?.set(`hidden_states.${layer}`, hidden));
  const normed = new Map<Value, Value>();
  const normal = (layer: number): Value => {
    const hidden = stateAt(states, layer);
    const done = normed.get(hidden) ?? layerNorm(text.at('final_layer_norm'), hidden, config.layerNormEps);
    normed.set(hidden, done);
    return done;
  };
  if (state === 'penultimate') g.output('penultimate_hidden_state', stateAt(states, read));
  else g.output('last_hidden_state', normal(read));
  if (pooled !== undefined) {
    const marks = vectors ? g.input('end_marks', 'int64', ['batch', config.maxPositionEmbeddings]) : ids;
    const picked = pool(text, config, marks, normal(config.numHiddenLayers));
    if (pooled === 'plain') g.output('pooler_output', picked);
    else g.output('text_embeds', project(m, config, picked));
  }
  return g.finish();
}

/** The embedded tokens, and what every layer makes of them. */
function hiddenStates(
  text: Module,
  config: ClipTextConfig,
  { ids, vectors, layers }: { readonly ids: Value; readonly vectors: boolean; readonly layers: number },
): Value[] {
  const mask = causalMask(text, config.maxPositionEmbeddings);
  const states = [embed(text.at('embeddings'), config, ids, vectors)];
  for (let layer = 0; layer < layers; layer++) {
    states.push(encoderLayer(text.at(`encoder.layers.${layer}`), config, stateAt(states, layer), mask));
  }
  return states;
}

function stateAt(states: readonly Value[], layer: number): Value {
  const state = states[layer];
  if (state === undefined) throw new Error(`The text encoder has no state ${layer}.`);
  return state;
}

/** A Linear without bias; OpenCLIP's own files store its transpose as `text_projection`. */
function project(m: Module, config: ClipTextConfig, pooled: Value): Value {
  const { hiddenSize, projectionDim } = config;
  const name = 'text_projection';
  if (!m.weights.tensors.has(name)) return linear(m.at(name), pooled, projectionDim, { bias: false });
  return MatMul(m.g, pooled, m.weight(name, [hiddenSize, projectionDim]), m.pathOf('projected'));
}

/** Rows are gathered in the stored precision and cast after: the table is far larger than what is read of it. */
function embed(m: Module, config: ClipTextConfig, ids: Value, vectors: boolean): Value {
  const table = m.storedWeight('token_embedding.weight', [config.vocabSize, config.hiddenSize]);
  const tokens = m.asFloat32(Gather(m.g, table, ids, { axis: 0 }, m.pathOf('tokens')));
  return Add(
    m.g,
    vectors ? withVectors(m, config, tokens) : tokens,
    m.weight('position_embedding.weight', [config.maxPositionEmbeddings, config.hiddenSize]),
    m.path,
  );
}

/** Places that stand for a word of textual inversion hold its vector instead of a token's row. */
function withVectors(m: Module, config: ClipTextConfig, tokens: Value): Value {
  const window = config.maxPositionEmbeddings;
  const { g } = m;
  const keeps = g.input('keeps_token', 'float32', ['batch', window, 1]);
  const vectors = g.input('vectors', 'float32', ['batch', window, config.hiddenSize]);
  return Add(g, Mul(g, tokens, keeps, m.pathOf('kept')), vectors, m.pathOf('with_vectors'));
}

/** [1, 1, window, window]: position i sees positions 0 … i. */
function causalMask(m: Module, window: number): Value {
  const scores = new Float32Array(window * window);
  for (let query = 0; query < window; query++)
    scores.fill(MASKED_SCORE, query * window + query + 1, (query + 1) * window);
  return m.g.constant(float32(scores, [1, 1, window, window]), m.pathOf('causal_mask'));
}

function encoderLayer(m: Module, config: ClipTextConfig, x: Value, mask: Value): Value {
  const { g } = m;
  const attention = m.at('self_attn');
  const norm1 = layerNorm(m.at('layer_norm1'), x, config.layerNormEps);
  const project = (name: string): Value => linear(attention.at(name), norm1, config.hiddenSize);
  const mixed = attend(attention, {
    query: project('q_proj'),
    key: project('k_proj'),
    value: project('v_proj'),
    heads: config.numAttentionHeads,
    mask,
  });
  const attended = Add(g, linear(attention.at('out_proj'), mixed, config.hiddenSize), x, m.pathOf('attended'));
  const norm2 = layerNorm(m.at('layer_norm2'), attended, config.layerNormEps);
  const mlp = m.at('mlp');
  const inner = activate(mlp, config, linear(mlp.at('fc1'), norm2, config.intermediateSize));
  return m.tap(Add(g, linear(mlp.at('fc2'), inner, config.hiddenSize), attended, m.path));
}

/** quick_gelu is x · sigmoid(1.702 x) (OpenAI's CLIP, SD1.x); gelu is exact (OpenCLIP, SD2.x). */
function activate(m: Module, config: ClipTextConfig, x: Value): Value {
  if (config.hiddenAct === 'gelu') return gelu(m, x);
  const scaled = Mul(m.g, x, 1.702, m.pathOf('scaled'));
  return Mul(m.g, x, Sigmoid(m.g, scaled, m.pathOf('sigmoid')), m.pathOf('quick_gelu'));
}

/**
 * The hidden state at the end-of-text token. eos_token_id 2 in old configs is a wrong legacy value that transformers keeps
 * working by taking the largest id; otherwise it is the first position that holds eos_token_id.
 */
function pool(m: Module, config: ClipTextConfig, ids: Value, normal: Value): Value {
  const { g } = m;
  const marks = config.eosTokenId === 2 ? ids : Equal(g, ids, config.eosTokenId, m.pathOf('is_eos'));
  const end = ArgMax(g, Cast(g, marks, 'int32', m.pathOf('marks')), { axis: 1, keepdims: 1 }, m.pathOf('end'));
  const positions = g.constant(
    int64(
      Array.from({ length: config.maxPositionEmbeddings }, (_, i) => i),
      [config.maxPositionEmbeddings],
    ),
    m.pathOf('positions'),
  );
  const selected = Cast(g, Equal(g, end, positions, m.pathOf('selected')), 'float32', m.pathOf('one_hot'));
  return Squeeze(
    g,
    MatMul(g, Unsqueeze(g, selected, [1], m.pathOf('row')), normal, m.pathOf('picked')),
    [1],
    m.pathOf('pooled'),
  );
}
