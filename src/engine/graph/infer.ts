/** Dtype and shape of every operator's outputs, from one rule table; a missing rule is a compile error. */
import type { OpAttributes, OpName } from './attributes';
import type { Value } from './value';
import { convolutionRules } from './rules/convolution';
import { elementwiseRules } from './rules/elementwise';
import { fusedRules } from './rules/fused';
import { linearRules } from './rules/linear';
import { movementRules } from './rules/movement';
import { normalizationRules } from './rules/normalization';
import { reductionRules } from './rules/reduction';
import { ruleCall, type InferContext, type Inferred, type Rule } from './rules/rule';
import { shapingRules } from './rules/shaping';

export type { InferContext, Inferred } from './rules/rule';

export type RuleTable = { readonly [O in OpName]: Rule<O> };

const RULES: RuleTable = {
  ...convolutionRules,
  ...linearRules,
  ...normalizationRules,
  ...elementwiseRules,
  ...shapingRules,
  ...movementRules,
  ...reductionRules,
  ...fusedRules,
};

/** Throws an Error naming the node when the inputs do not fit the operator. */
export function inferOutputs<O extends OpName>(
  op: O,
  inputs: readonly (Value | undefined)[],
  attributes: OpAttributes[O],
  context: InferContext,
): readonly Inferred[] {
  const rule: Rule<O> = RULES[op];
  return rule(ruleCall({ op, inputs, attributes }, context));
}
