/** What is checked of one derivative rule. */
import type { OpName } from '../../../../../../src/engine/graph/attributes';
import type { GradientCase } from '../../../../../support/finite-differences';
import type { CaseInput } from '../../../../../support/finite-differences';
import type { Shape } from '../../../../../../src/engine/graph/graph';

/** A call that the rule must refuse, with a part of the reason. */
export interface RefusedCase extends Omit<GradientCase, 'sizes'> {
  readonly refuses: RegExp;
}

/** Cases by description; a rule needs at least one. */
export type RuleCases<O extends OpName> = Readonly<Record<O, Readonly<Record<string, GradientCase | RefusedCase>>>>;

export function input(...shape: Shape): CaseInput {
  return { shape };
}

/** Values in [0.5, …), for logarithms, roots and divisors. */
export function positive(...shape: Shape): CaseInput {
  return { shape, from: (normal) => 0.5 + Math.abs(normal) };
}

/** Values at least 0.1 away from every whole multiple of a half, where Relu, Clip and comparisons of the cases have their kinks. */
export function betweenKinks(...shape: Shape): CaseInput {
  return { shape, from: (normal) => Math.floor(2 * normal) / 2 + 0.1 + 0.3 * (Math.abs(normal) % 1) };
}
