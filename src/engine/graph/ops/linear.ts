/* eslint max-params: ['error', 8] -- operator functions take the inputs in ONNX's order, then attributes and hint */
/** Matrix products. */
import type { GemmAttributes } from '../attributes';
import type { GraphBuilder, Value } from '../graph';
import { emitOne, trimmed } from './operand';

/** [...batch, m, k] x [...batch, k, n] = [...batch, m, n] */
export function MatMul(g: GraphBuilder, a: Value, b: Value, hint?: string): Value {
  return emitOne(g, 'MatMul', { inputs: [a, b], attributes: {}, hint });
}

/** alpha A B + beta C for matrices; transB = 1 takes a weight as [out, in]. */
export function Gemm(
  g: GraphBuilder,
  a: Value,
  b: Value,
  c: Value | undefined,
  attributes: GemmAttributes = {},
  hint?: string,
): Value {
  return emitOne(g, 'Gemm', { inputs: trimmed(a, b, c), attributes, hint });
}
