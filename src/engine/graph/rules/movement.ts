/** Operators that pick, join and move elements. */
import { difference, quotient, sameShape, sum } from '../dims';
import type { Dim, Shape } from '../value';
import { dimAt, normalizeAxis, plainNumbers, sameDtype, type Rule, type RuleCall, type RuleFamily } from './rule';

type Movement = 'Concat' | 'Split' | 'Slice' | 'Gather' | 'Pad';

const replaced = (shape: Shape, axis: number, dim: Dim): Shape => shape.map((old, i) => (i === axis ? dim : old));

const concat: Rule<'Concat'> = (call) => {
  const values = call.inputs.map((_, index) => call.at(index));
  const first = call.at(0).shape;
  const axis = normalizeAxis(call, call.attributes.axis, first.length);
  for (const { shape } of values) {
    if (shape.length !== first.length || !sameShape(replaced(shape, axis, 0), replaced(first, axis, 0))) {
      call.fail(`shapes may differ only on axis ${axis}`);
    }
  }
  const total = sum(...values.map(({ shape }) => dimAt(call, shape, axis)));
  return [{ dtype: sameDtype(call, ...values), shape: replaced(first, axis, total) }];
};

const split: Rule<'Split'> = (call) => {
  const { dtype, shape } = call.at(0);
  const axis = normalizeAxis(call, call.attributes.axis ?? 0, shape.length);
  const whole = dimAt(call, shape, axis);
  const sizes = call.numbers(1) ?? equalParts(call, whole);
  if (sum(...sizes) !== whole) call.fail(`the parts must add up to ${whole}`);
  return sizes.map((size) => ({ dtype, shape: replaced(shape, axis, size) }));
};

function equalParts(call: RuleCall<'Split'>, whole: Dim): readonly Dim[] {
  const count = call.attributes.num_outputs ?? call.fail('needs part sizes or num_outputs');
  const size = quotient(whole, count) ?? call.fail(`${whole} does not divide into ${count} parts`);
  return Array.from({ length: count }, () => size);
}

const slice: Rule<'Slice'> = (call) => {
  const { dtype, shape } = call.at(0);
  const starts = call.numbers(1) ?? call.fail('starts must be known');
  const ends = call.numbers(2) ?? call.fail('ends must be known');
  const axes = call.inputs[3] === undefined ? [...starts.keys()] : plainNumbers(call, 3);
  const steps = call.inputs[4] === undefined ? starts.map(() => 1) : plainNumbers(call, 4);
  let result = shape;
  axes.forEach((given, i) => {
    const axis = normalizeAxis(call, given, shape.length);
    const range = { start: starts[i] ?? 0, end: ends[i] ?? 0, step: steps[i] ?? 1 };
    result = replaced(result, axis, sliced(call, dimAt(call, shape, axis), range));
  });
  return [{ dtype, shape: result }];
};

interface Range {
  readonly start: Dim;
  readonly end: Dim;
  readonly step: number;
}

function sliced(call: RuleCall, size: Dim, { start, end, step }: Range): Dim {
  if (typeof size === 'number' && typeof start === 'number' && typeof end === 'number') {
    return plainSlice(size, { start, end, step });
  }
  if (step !== 1) return call.fail('a free axis can only be sliced with step 1');
  // An end beyond any real size means "to the end".
  const from = typeof start === 'number' && start < 0 ? sum(size, start) : start;
  if (typeof end !== 'number') return difference(end, from);
  if (end > 2 ** 30) return difference(size, from);
  return difference(end < 0 ? sum(size, end) : end, from);
}

function plainSlice(size: number, { start, end, step }: { start: number; end: number; step: number }): number {
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + size : at, low), high);
  return Math.max(0, Math.ceil((clamp(end) - clamp(start)) / step));
}

export const movementRules: RuleFamily<Movement> = {
  Concat: concat,
  Split: split,
  Slice: slice,

  Gather: (call) => {
    const { dtype, shape } = call.at(0);
    const axis = normalizeAxis(call, call.attributes.axis ?? 0, shape.length);
    return [{ dtype, shape: [...shape.slice(0, axis), ...call.at(1).shape, ...shape.slice(axis + 1)] }];
  },

  Pad: (call) => {
    const { dtype, shape } = call.at(0);
    const pads = plainNumbers(call, 1);
    const axes = call.inputs[3] === undefined ? [...shape.keys()] : plainNumbers(call, 3);
    if (pads.length !== 2 * axes.length) call.fail(`needs ${2 * axes.length} pads, not ${pads.length}`);
    let result = shape;
    axes.forEach((given, i) => {
      const axis = normalizeAxis(call, given, shape.length);
      const total = (pads[i] ?? 0) + (pads[i + axes.length] ?? 0);
      result = replaced(result, axis, sum(dimAt(call, shape, axis), total));
    });
    return [{ dtype, shape: result }];
  },
};
