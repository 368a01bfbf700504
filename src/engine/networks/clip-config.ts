/** config.json of CLIPTextModel, with transformers' defaults. */
import * as v from 'valibot';
import { checkDivides, count, parseConfig, positive, type Supported } from './config';

export interface ClipTextConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  /** Tokens in the window, start and end marks included. */
  readonly maxPositionEmbeddings: number;
  readonly hiddenAct: 'quick_gelu' | 'gelu';
  readonly layerNormEps: number;
  readonly eosTokenId: number;
  /** Width of the projected pooled state, of a CLIPTextModelWithProjection. */
  readonly projectionDim: number;
}

const SUPPORTED: Supported = { model_type: ['clip_text_model'], hidden_act: ['quick_gelu', 'gelu'] };

const schema = v.object({
  vocab_size: v.optional(count, 49408),
  hidden_size: v.optional(count, 512),
  intermediate_size: v.optional(count, 2048),
  num_hidden_layers: v.optional(count, 12),
  num_attention_heads: v.optional(count, 8),
  max_position_embeddings: v.optional(v.pipe(count, v.minValue(3), v.maxValue(4096)), 77),
  hidden_act: v.optional(v.picklist(['quick_gelu', 'gelu']), 'quick_gelu'),
  layer_norm_eps: v.optional(positive, 1e-5),
  projection_dim: v.optional(count, 512),
  eos_token_id: v.optional(v.pipe(v.number(), v.integer()), 49407),
});

export function parseClipTextConfig(json: unknown, origin: string): ClipTextConfig {
  const config = parseConfig(json, { schema, supported: SUPPORTED, origin });
  checkDivides(origin, ['num_attention_heads', config.num_attention_heads], [config.hidden_size]);
  return {
    vocabSize: config.vocab_size,
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size,
    numHiddenLayers: config.num_hidden_layers,
    numAttentionHeads: config.num_attention_heads,
    maxPositionEmbeddings: config.max_position_embeddings,
    hiddenAct: config.hidden_act,
    layerNormEps: config.layer_norm_eps,
    eosTokenId: config.eos_token_id,
    projectionDim: config.projection_dim,
  };
}
