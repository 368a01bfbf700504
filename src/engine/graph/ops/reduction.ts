/* eslint max-params: ['error', 8] -- operator functions take the inputs in ONNX's order, then attributes and hint */
/** Reductions; `axes` undefined reduces over all axes. */
import type { OpAttributes, ReduceAttributes } from '../attributes';
import type { GraphBuilder, Value } from '../graph';
import { emitOne, trimmed, vector } from './operand';

type Reduction = 'ReduceSum' | 'ReduceMean' | 'ReduceMax';

const reduction =
  (op: Reduction) =>
  (
    g: GraphBuilder,
    x: Value,
    axes: readonly number[] | undefined,
    attributes: ReduceAttributes = {},
    hint?: string,
  ): Value => {
    const axesValue = axes === undefined ? undefined : vector(g, axes, 'axes');
    return emitOne(g, op, { inputs: trimmed(x, axesValue), attributes, hint });
  };

export const ReduceSum = reduction('ReduceSum');
export const ReduceMean = reduction('ReduceMean');
export const ReduceMax = reduction('ReduceMax');

/** Index of the first largest element along an axis, as int64. */
export function ArgMax(g: GraphBuilder, x: Value, attributes: OpAttributes['ArgMax'], hint?: string): Value {
  return emitOne(g, 'ArgMax', { inputs: [x], attributes, hint });
}
