/* eslint max-params: ['error', 8] -- operator functions take the inputs in ONNX's order, then attributes and hint */
/** Fused operators of ONNX Runtime's com.microsoft domain; none of them has a derivative rule. */
import type { FusedMatMulAttributes, MultiHeadAttentionAttributes } from '../attributes';
import type { GraphBuilder, Value } from '../graph';
import { emitOne, trimmed } from './operand';

/** softmax(scale q k^T + bias) v per head; q [batch, n, heads * size], k and v [batch, m, heads * size]. */
export function MultiHeadAttention(
  g: GraphBuilder,
  query: Value,
  key: Value,
  value: Value,
  attributes: MultiHeadAttentionAttributes,
  hint?: string,
  /** Added to the scores, [1 or batch, 1 or heads, n, m]. */
  attentionBias?: Value,
): Value {
  const inputs = trimmed(query, key, value, undefined, undefined, attentionBias);
  return emitOne(g, 'MultiHeadAttention', { inputs, attributes, hint });
}

/** alpha A B with either matrix transposed on the fly. No WebGPU kernel. */
export function FusedMatMul(
  g: GraphBuilder,
  a: Value,
  b: Value,
  attributes: FusedMatMulAttributes = {},
  hint?: string,
): Value {
  return emitOne(g, 'FusedMatMul', { inputs: [a, b], attributes, hint });
}
