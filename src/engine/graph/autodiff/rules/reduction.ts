/** Derivatives of reductions. */
import { product } from '../../dims';
import type { Value } from '../../graph';
import { Cast, dimsValue, Div, Expand, Unsqueeze } from '../../ops/index';
import { noGradient, refusal, type GradientCall, type GradientFamily } from '../rule';

type Reductions = 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ArgMax';

export const reductionRules: GradientFamily<Reductions> = {
  ReduceSum: (call) => [spread(call)],
  ReduceMean: (call) => {
    const { shape } = call.input(0);
    const count = product(...reducedAxes(call).map((axis) => shape[axis] ?? 1));
    const divisor =
      typeof count === 'number' ? count : Cast(call.g, dimsValue(call.g, [count]), 'float32', call.hint('count'));
    return [Div(call.g, spread(call), divisor, call.hint('share'))];
  },
  ReduceMax: refusal('no model is trained through a maximum'),
  ArgMax: noGradient,
};

/** dy at every element that was summed. */
function spread(call: GradientCall<'ReduceSum' | 'ReduceMean'>): Value {
  const { g } = call;
  const { shape } = call.input(0);
  const kept = (call.attributes.keepdims ?? 1) === 1;
  const dy = kept ? call.dy() : Unsqueeze(g, call.dy(), reducedAxes(call), call.hint('axes'));
  return Expand(g, dy, shape, call.hint('spread'));
}

function reducedAxes(call: GradientCall): number[] {
  const rank = call.input(0).shape.length;
  const axes = call.node.inputs[1];
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const constant = call.g.constantOf(axes) ?? call.refuse('the axes must be constant');
  return Array.from(constant.data as BigInt64Array, (axis) => (Number(axis) + rank) % rank);
}
