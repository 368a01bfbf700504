/** Normalizations and Softmax keep the shape of their data. */
import type { Dim } from '../value';
import { dimAt, normalizeAxis, sameDtype, type Inferred, type RuleCall, type RuleFamily } from './rule';

/** Data with scale and optional bias of one size each. */
function normalized(call: RuleCall, size: Dim): readonly Inferred[] {
  const data = call.at(0);
  const parameters = call.inputs.slice(1).filter((value) => value !== undefined);
  sameDtype(call, data, ...parameters);
  if (parameters.some(({ shape }) => shape.length !== 1 || shape[0] !== size)) {
    call.fail(`scale and bias must be [${size}]`);
  }
  return [{ dtype: data.dtype, shape: data.shape }];
}

export const normalizationRules: RuleFamily<
  'LayerNormalization' | 'InstanceNormalization' | 'GroupNormalization' | 'Softmax'
> = {
  LayerNormalization: (call) => {
    const { shape } = call.at(0);
    const axis = normalizeAxis(call, call.attributes.axis ?? -1, shape.length);
    if (axis !== shape.length - 1) call.fail('only the last axis can be normalized');
    return normalized(call, dimAt(call, shape, axis));
  },
  InstanceNormalization: (call) => normalized(call, dimAt(call, call.at(0).shape, 1)),
  GroupNormalization: (call) => {
    const channels = dimAt(call, call.at(0).shape, 1);
    const groups = call.attributes.num_groups;
    if (typeof channels === 'number' && channels % groups !== 0) {
      call.fail(`${channels} channels do not divide into ${groups} groups`);
    }
    return normalized(call, channels);
  },
  Softmax: (call) => {
    const { dtype, shape } = call.at(0);
    normalizeAxis(call, call.attributes.axis ?? -1, shape.length);
    return [{ dtype, shape }];
  },
};
