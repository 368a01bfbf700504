/** Element-by-element operators: arithmetic, functions, comparison, selection. */
import type { OpName } from '../attributes';
import { broadcastOf, sameDtype, type Rule, type RuleCall, type RuleFamily } from './rule';

type Arithmetic = 'Add' | 'Sub' | 'Mul' | 'Div';
type UnaryFunction = 'Neg' | 'Sqrt' | 'Exp' | 'Sin' | 'Cos' | 'Erf' | 'Sigmoid' | 'Tanh' | 'Relu' | 'Clip' | 'Identity';
type Selection = 'Cast' | 'Less' | 'Equal' | 'Where';

const arithmetic: Rule<Arithmetic> = (call) => [
  {
    dtype: sameDtype(call, call.at(0), call.at(1)),
    shape: broadcastOf(call, call.at(0).shape, call.at(1).shape),
  },
];

const comparison: Rule<'Less' | 'Equal'> = (call) => {
  sameDtype(call, call.at(0), call.at(1));
  return [{ dtype: 'bool', shape: broadcastOf(call, call.at(0).shape, call.at(1).shape) }];
};

/** One output like the first input; further inputs (limits of Clip) are scalars of its dtype. */
export function likeFirst<O extends OpName>(call: RuleCall<O>): readonly [{ dtype: RuleDtype; shape: RuleShape }] {
  const data = call.at(0);
  for (const limit of call.inputs.slice(1)) {
    if (limit === undefined) continue;
    sameDtype(call, data, limit);
    if (limit.shape.length > 0) call.fail('limits must be scalars');
  }
  return [{ dtype: data.dtype, shape: data.shape }];
}
type RuleDtype = ReturnType<RuleCall['at']>['dtype'];
type RuleShape = ReturnType<RuleCall['at']>['shape'];

export const elementwiseRules: RuleFamily<Arithmetic | UnaryFunction | Selection> = {
  Add: arithmetic,
  Sub: arithmetic,
  Mul: arithmetic,
  Div: arithmetic,
  Neg: likeFirst,
  Sqrt: likeFirst,
  Exp: likeFirst,
  Sin: likeFirst,
  Cos: likeFirst,
  Erf: likeFirst,
  Sigmoid: likeFirst,
  Tanh: likeFirst,
  Relu: likeFirst,
  Clip: likeFirst,
  Identity: likeFirst,
  Cast: (call) => [{ dtype: call.attributes.to, shape: call.at(0).shape }],
  Less: comparison,
  Equal: comparison,
  Where: (call) => {
    const [condition, a, b] = [call.at(0), call.at(1), call.at(2)];
    if (condition.dtype !== 'bool') call.fail('the condition must be bool');
    return [{ dtype: sameDtype(call, a, b), shape: broadcastOf(call, condition.shape, a.shape, b.shape) }];
  },
};
