/** Reductions over axes; without axes, over all of them. */
import type { ReduceAttributes } from '../attributes';
import type { Shape, Value } from '../value';
import { normalizeAxis, plainNumbers, type Inferred, type Rule, type RuleCall, type RuleFamily } from './rule';

type AxesReduction = 'ReduceSum' | 'ReduceMean' | 'ReduceMax';

function reducedShape({ shape }: Value, axes: readonly number[], { keepdims }: ReduceAttributes): Shape {
  return keepdims === 0
    ? shape.filter((_, axis) => !axes.includes(axis))
    : shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
}

const reduction = (call: RuleCall<AxesReduction>): readonly Inferred[] => {
  const data = call.at(0);
  const given = call.inputs[1] === undefined ? [...data.shape.keys()] : plainNumbers(call, 1);
  const axes = given.map((axis) => normalizeAxis(call, axis, data.shape.length));
  return [{ dtype: data.dtype, shape: reducedShape(data, axes, call.attributes) }];
};
const axesReduction: Rule<AxesReduction> = reduction;

export const reductionRules: RuleFamily<AxesReduction | 'ArgMax'> = {
  ReduceSum: axesReduction,
  ReduceMean: axesReduction,
  ReduceMax: axesReduction,
  ArgMax: (call) => {
    const data = call.at(0);
    const axis = normalizeAxis(call, call.attributes.axis ?? 0, data.shape.length);
    return [{ dtype: 'int64', shape: reducedShape(data, [axis], call.attributes) }];
  },
};
