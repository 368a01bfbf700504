/** One derivative rule for every operator we emit; a missing rule is a compile error. */
import type { OpName } from '../attributes';
import { refusal, type GradientFamily, type GradientRule } from './rule';
import { convolutionRules } from './rules/convolution';
import { arithmeticRules, functionRules } from './rules/elementwise';
import { linearRules } from './rules/linear';
import { movementRules } from './rules/movement';
import { normalizationRules } from './rules/normalization';
import { reductionRules } from './rules/reduction';
import { resizeRules } from './rules/resize';
import { shapingRules } from './rules/shaping';

const FUSED = 'it is fused; build the graph with form.differentiable';

const RULES: GradientFamily<OpName> = {
  ...convolutionRules,
  ...resizeRules,
  ...linearRules,
  ...normalizationRules,
  ...arithmeticRules,
  ...functionRules,
  ...shapingRules,
  ...movementRules,
  ...reductionRules,
  MultiHeadAttention: refusal(FUSED),
  FusedMatMul: refusal(FUSED),
};

export function ruleOf<O extends OpName>(op: O): GradientRule<O> {
  return RULES[op];
}
