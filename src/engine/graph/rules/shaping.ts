/** Operators that only give the same elements another shape, and those that make shapes. */
import { elements, product, quotient, sameShape, shapeText } from '../dims';
import type { Dim, Shape } from '../value';
import { broadcastOf, dimAt, normalizeAxis, plainNumbers, sameDtype, type RuleCall, type RuleFamily } from './rule';

type Shaping = 'Reshape' | 'Transpose' | 'Unsqueeze' | 'Squeeze' | 'Expand' | 'Shape' | 'Range';

export const shapingRules: RuleFamily<Shaping> = {
  Reshape: (call) => [{ dtype: call.at(0).dtype, shape: reshaped(call) }],

  Transpose: (call) => {
    const { dtype, shape } = call.at(0);
    const { perm } = call.attributes;
    if (!sameShape([...perm].sort(), [...shape.keys()])) call.fail(`perm ${perm.join(',')} is no permutation`);
    return [{ dtype, shape: perm.map((axis) => dimAt(call, shape, axis)) }];
  },

  Unsqueeze: (call) => {
    const { dtype, shape } = call.at(0);
    const given = plainNumbers(call, 1);
    const rank = shape.length + given.length;
    const axes = given.map((axis) => normalizeAxis(call, axis, rank));
    const left = [...shape];
    return [
      { dtype, shape: Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (left.shift() ?? 1))) },
    ];
  },

  Squeeze: (call) => {
    const { dtype, shape } = call.at(0);
    if (call.inputs[1] === undefined) return [{ dtype, shape: shape.filter((dim) => dim !== 1) }];
    const axes = plainNumbers(call, 1).map((axis) => normalizeAxis(call, axis, shape.length));
    if (axes.some((axis) => shape[axis] !== 1)) call.fail('only axes of size 1 can be removed');
    return [{ dtype, shape: shape.filter((_, axis) => !axes.includes(axis)) }];
  },

  Expand: (call) => {
    const target = call.numbers(1) ?? call.fail('the target shape must be known');
    return [{ dtype: call.at(0).dtype, shape: broadcastOf(call, call.at(0).shape, target) }];
  },

  Shape: (call) => {
    const { start, end } = call.attributes;
    return [{ dtype: 'int64', shape: [call.at(0).shape.slice(start, end).length] }];
  },

  Range: (call) => {
    const dtype = sameDtype(call, call.at(0), call.at(1), call.at(2));
    const [start, limit, delta] = [0, 1, 2].map((index) => call.numbers(index)?.[0]);
    if (start === 0 && delta === 1 && limit !== undefined) return [{ dtype, shape: [limit] }];
    if (typeof start !== 'number' || typeof limit !== 'number' || typeof delta !== 'number') {
      return call.fail('the limits must be known, and a free limit needs start 0 and step 1');
    }
    return [{ dtype, shape: [Math.max(0, Math.ceil((limit - start) / delta))] }];
  },
};

/** 0 copies the size at the same place (unless allowzero), one -1 takes what is left. */
function reshaped(call: RuleCall<'Reshape'>): Shape {
  const { shape } = call.at(0);
  const target = call.numbers(1) ?? call.fail('the target shape must be known');
  const copied = target.map((dim, axis) =>
    dim === 0 && call.attributes.allowzero !== 1 ? dimAt(call, shape, axis) : dim,
  );
  const open = copied.indexOf(-1);
  const result = open < 0 ? copied : copied.map((dim, axis) => (axis === open ? inferred(call, copied) : dim));
  if (elements(result) !== elements(shape)) {
    call.fail(`${shapeText(shape)} has not as many elements as ${shapeText(result)}`);
  }
  return result;
}

function inferred(call: RuleCall<'Reshape'>, target: readonly Dim[]): Dim {
  const known = product(...target.filter((dim) => dim !== -1));
  const rest = quotient(elements(call.at(0).shape), known);
  return rest ?? call.fail(`${shapeText(call.at(0).shape)} does not divide by ${known}`);
}
