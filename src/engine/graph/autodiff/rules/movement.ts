/** Derivatives of operators that pick, join and move elements. */
import { product, sum } from '../../dims';
import type { Dim, Shape, Value } from '../../graph';
import { Cast, Concat, Equal, Expand, MatMul, Range, Reshape, scalar, Slice, Split, Unsqueeze } from '../../ops/index';
import { when, type GradientCall, type GradientFamily } from '../rule';

type Movement = 'Concat' | 'Split' | 'Slice' | 'Gather' | 'Pad';

export const movementRules: GradientFamily<Movement> = {
  Concat: (call) => {
    const { g } = call;
    const axis = positive(call.attributes.axis, call.dy().shape.length);
    const sizes = call.node.inputs.map((_, index) => knownSize(call, call.input(index), axis));
    const wanted = sizes.map((_, index) => call.wants(index));
    if (wanted.every(Boolean)) return Split(g, call.dy(), sizes, { axis }, call.hint('parts'));
    let start = 0;
    return sizes.map((size, index) => {
      const from = start;
      start += size;
      return when(call, index, () =>
        Slice(g, call.dy(), { starts: [from], ends: [from + size], axes: [axis] }, call.hint(`part.${index}`)),
      );
    });
  },

  Split: (call) => {
    const parts = call.node.outputs.map((output, index) => call.dyIfAny(index) ?? zeros(call, output.shape));
    return [Concat(call.g, parts, { axis: call.attributes.axis ?? 0 }, call.hint('joined'))];
  },

  Slice: (call) => {
    const starts = numbers(call, 1);
    const axes = call.node.inputs[3] === undefined ? starts.map((_, axis) => axis) : numbers(call, 3);
    if (call.node.inputs[4] !== undefined && numbers(call, 4).some((step) => step !== 1)) {
      call.refuse('only steps of 1 have a derivative rule');
    }
    const { shape } = call.input(0);
    return [
      axes.reduce((gradient, given, i) => {
        const axis = positive(given, shape.length);
        return padded(call, gradient, { axis, start: starts[i] ?? 0, size: shape[axis] ?? 1 });
      }, call.dy()),
    ];
  },

  Gather: (call) => {
    if ((call.attributes.axis ?? 0) !== 0) call.refuse('only rows (axis 0) have a derivative rule');
    return [when(call, 0, () => rowsGradient(call))];
  },

  Pad: (call) => {
    const { shape } = call.input(0);
    const pads = numbers(call, 1);
    if (pads.some((pad) => pad < 0)) call.refuse('negative padding has no derivative rule');
    const axes = shape.map((_, axis) => axis);
    const starts = axes.map((axis) => pads[axis] ?? 0);
    if ((call.attributes.mode ?? 'constant') !== 'constant') call.refuse('only constant padding has a derivative rule');
    const ends = axes.map((axis) => sum(shape[axis] ?? 1, starts[axis] ?? 0));
    return [Slice(call.g, call.dy(), { starts, ends, axes }, call.hint('inside'))];
  },
};

/** Σ over the places where a row was taken: a one-hot matrix [rows, places] times dy. */
function rowsGradient(call: GradientCall<'Gather'>): Value {
  const { g } = call;
  const { shape, dtype } = call.input(0);
  const indices = call.input(1);
  const [rows = 1, ...rest] = shape;
  const places = product(...indices.shape);
  const flat = Reshape(g, Cast(g, indices, 'int64', call.hint('indices')), [1, places], call.hint('places'));
  const hot = Equal(g, Unsqueeze(g, Range(g, 0, rows, 1), [1]), flat, call.hint('hot'));
  const matrix = Reshape(g, call.dy(), [places, product(...rest)], call.hint('rows'));
  const sums = MatMul(g, Cast(g, hot, dtype, call.hint('one.hot')), matrix, call.hint('sums'));
  return Reshape(g, sums, shape, call.hint('table'));
}

interface Place {
  readonly axis: number;
  readonly start: number;
  /** Of the whole axis. */
  readonly size: Dim;
}

/** The part with zeros on both sides, so that it fills the axis again. */
function padded(call: GradientCall, part: Value, { axis, start, size }: Place): Value {
  const { g } = call;
  if (start < 0 && typeof size !== 'number') call.refuse('a negative start on a free axis has no derivative rule');
  const before = start < 0 ? Math.max(0, start + Number(size)) : start;
  const length = part.shape[axis] ?? 1;
  const after = typeof size === 'number' && typeof length === 'number' ? size - before - length : undefined;
  if (after === undefined) {
    // Zeros of the whole axis behind the part, cut to its size: works for every size.
    const long = Concat(
      g,
      [...leading(call, part, axis, before), part, zeros(call, replaced(part.shape, axis, size))],
      {
        axis,
      },
    );
    return Slice(g, long, { starts: [0], ends: [size], axes: [axis] }, call.hint('placed'));
  }
  const parts = [...leading(call, part, axis, before), part, ...leading(call, part, axis, after)];
  return parts.length === 1 ? part : Concat(g, parts, { axis }, call.hint('placed'));
}

function leading(call: GradientCall, part: Value, axis: number, size: number): Value[] {
  return size <= 0 ? [] : [zeros(call, replaced(part.shape, axis, size))];
}

function replaced(shape: Shape, axis: number, size: Dim): Shape {
  return shape.map((dim, i) => (i === axis ? size : dim));
}

function zeros(call: GradientCall, shape: Shape): Value {
  return Expand(call.g, scalar(call.g, 0), shape, call.hint('zeros'));
}

function knownSize(call: GradientCall, value: Value, axis: number): number {
  const size = value.shape[axis];
  return typeof size === 'number' ? size : call.refuse(`axis ${axis} of ${value.name} must have a known size`);
}

function numbers(call: GradientCall, index: number): number[] {
  const constant = call.g.constantOf(call.input(index)) ?? call.refuse(`input ${index} must be constant`);
  return Array.from(constant.data as BigInt64Array, Number);
}

function positive(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
