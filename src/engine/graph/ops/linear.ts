/** Matrix products. */
import type { GraphBuilder, Value } from '../graph';
import { emitOne } from './operand';

/** [...batch, m, k] x [...batch, k, n] = [...batch, m, n] */
export function MatMul(g: GraphBuilder, a: Value, b: Value, hint?: string): Value {
  return emitOne(g, 'MatMul', { inputs: [a, b], attributes: {}, hint });
}
