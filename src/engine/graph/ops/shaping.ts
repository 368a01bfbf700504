/* eslint max-params: ['error', 8] -- operator functions take the inputs in ONNX's order, then attributes and hint */
/** Operators that give the same elements another shape, and those that make shapes. */
import type { Dim, GraphBuilder, Shape as ValueShape, Value } from '../graph';
import { emitOne, operand, vector } from './operand';
import { dimsValue } from './sizes';

/** The sizes of axes [start, end) of x as an int64 vector. */
export function Shape(
  g: GraphBuilder,
  x: Value,
  attributes: { readonly start?: number; readonly end?: number } = {},
  hint?: string,
): Value {
  return emitOne(g, 'Shape', { inputs: [x], attributes, hint });
}

/** x with the elements in the same order under `dims`; equal element counts are checked here. */
export function Reshape(g: GraphBuilder, x: Value, dims: readonly Dim[], hint?: string): Value {
  const target = constantTarget(x.shape, dims);
  const targetValue = target === undefined ? dimsValue(g, dims) : vector(g, target, 'shape');
  return emitOne(g, 'Reshape', { inputs: [x, targetValue], attributes: {}, hint });
}

/** The Reshape target as plain numbers (0 copies a size, -1 takes the rest), when at most one size stays open. */
function constantTarget(shape: ValueShape, dims: readonly Dim[]): number[] | undefined {
  const target = dims.map((dim, axis) => (typeof dim === 'number' ? dim : dim === shape[axis] ? 0 : -1));
  return target.filter((dim) => dim === -1).length > 1 ? undefined : target;
}

export function Transpose(g: GraphBuilder, x: Value, perm: readonly number[], hint?: string): Value {
  return emitOne(g, 'Transpose', { inputs: [x], attributes: { perm }, hint });
}

/** x repeated along axes of size 1 so that it has the sizes `dims`. */
export function Expand(g: GraphBuilder, x: Value, dims: readonly Dim[], hint?: string): Value {
  return emitOne(g, 'Expand', { inputs: [x, dimsValue(g, dims)], attributes: {}, hint });
}

/** New axes of size 1 at the places `axes` of the result. */
export function Unsqueeze(g: GraphBuilder, x: Value, axes: readonly number[], hint?: string): Value {
  return emitOne(g, 'Unsqueeze', { inputs: [x, vector(g, axes, 'axes')], attributes: {}, hint });
}

/** x without the axes named, all of size 1. */
export function Squeeze(g: GraphBuilder, x: Value, axes: readonly number[], hint?: string): Value {
  return emitOne(g, 'Squeeze', { inputs: [x, vector(g, axes, 'axes')], attributes: {}, hint });
}

/** start, start + delta, … below limit; three scalars. A limit that is a Dim may be free. */
export function Range(g: GraphBuilder, start: number, limit: Dim, delta: number, hint?: string): Value {
  const [first, step] = [operand(g, start, SCALAR_INT64), operand(g, delta, SCALAR_INT64)];
  const end = typeof limit === 'number' ? operand(g, limit, SCALAR_INT64) : Squeeze(g, dimsValue(g, [limit]), [0]);
  return emitOne(g, 'Range', { inputs: [first, end, step], attributes: {}, hint });
}

/** Only its dtype is used: Range works on int64 scalars. */
const SCALAR_INT64: Value = { name: '', dtype: 'int64', shape: [] };
