/* eslint max-params: ['error', 8] -- operator functions take the inputs in ONNX's order, then attributes and hint */
/** Operators that pick, join and move elements. */
import type { AxisAttributes, OpAttributes, OptionalAxisAttributes } from '../attributes';
import type { Dim, GraphBuilder, Value } from '../graph';
import { emitOne, operand, trimmed, vector } from './operand';
import { dimsValue } from './sizes';

export function Concat(g: GraphBuilder, values: readonly Value[], attributes: AxisAttributes, hint?: string): Value {
  return emitOne(g, 'Concat', { inputs: values, attributes, hint });
}

/** Parts of the given sizes along an axis. */
export function Split(
  g: GraphBuilder,
  x: Value,
  sizes: readonly number[],
  attributes: AxisAttributes,
  hint?: string,
): Value[] {
  return g.emit('Split', [x, vector(g, sizes, 'parts')], attributes, hint);
}

/** The end of an axis, whatever its size. */
export const TO_END = 2 ** 31 - 1;

/** Ranges [start, end) of axes; negative places count from the end. */
export interface SliceRange {
  readonly starts: readonly number[];
  readonly ends: readonly Dim[];
  readonly axes: readonly number[];
  readonly steps?: readonly number[];
}

export function Slice(g: GraphBuilder, x: Value, range: SliceRange, hint?: string): Value {
  const steps = range.steps === undefined ? undefined : vector(g, range.steps, 'steps');
  const inputs = [x, vector(g, range.starts, 'starts'), dimsValue(g, range.ends), vector(g, range.axes, 'axes')];
  return emitOne(g, 'Slice', { inputs: trimmed(...inputs, steps), attributes: {}, hint });
}

/** Rows of an axis (0 unless named) by index; the indices' shape takes the place of the axis. */
export function Gather(
  g: GraphBuilder,
  x: Value,
  indices: Value,
  attributes: OptionalAxisAttributes = {},
  hint?: string,
): Value {
  return emitOne(g, 'Gather', { inputs: [x, indices], attributes, hint });
}

/** `pads`: begin of every axis, then end of every axis. */
export function Pad(
  g: GraphBuilder,
  x: Value,
  pads: readonly number[],
  attributes: OpAttributes['Pad'] & { readonly value?: number } = {},
  hint?: string,
): Value {
  const { value, ...rest } = attributes;
  const fill = value === undefined ? undefined : operand(g, value, x);
  return emitOne(g, 'Pad', { inputs: trimmed(x, vector(g, pads, 'pads'), fill), attributes: rest, hint });
}
