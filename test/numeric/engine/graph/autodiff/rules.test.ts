/** Every derivative rule against finite differences, run by ONNX Runtime. */
import { describe, expect, it } from 'vitest';
import { ARITY, type OpName } from '../../../../../src/engine/graph/attributes';
import { checkGraph } from '../../../../../src/engine/graph/check';
import type { GraphForm } from '../../../../../src/engine/graph/graph';
import { caseGraph, compareWithDifferences } from '../../../../support/finite-differences';
import { arithmeticCases, functionCases } from './cases/elementwise';
import { movementCases, reductionCases, shapingCases } from './cases/movement';
import { convolutionCases, fusedCases, linearCases, normalizationCases } from './cases/networks';
import type { RuleCases } from './cases/rule-cases';

const CASES: RuleCases<OpName> = {
  ...convolutionCases,
  ...linearCases,
  ...normalizationCases,
  ...arithmeticCases,
  ...functionCases,
  ...shapingCases,
  ...movementCases,
  ...reductionCases,
  ...fusedCases,
};

/** WebGPU's form has no fused products; the CPU runs it as well. */
const FORMS: readonly Omit<GraphForm, 'differentiable'>[] = [
  { provider: 'cpu', backward: 'fast' },
  { provider: 'webgpu', backward: 'small' },
];

/** Of the largest slope: float32 outputs leave about four digits of a difference. */
const TOLERANCE = 1e-3;

/** The operators of the rule table are those of `ARITY`: both are typed by `OpName`. */
describe.each(Object.keys(ARITY) as OpName[])('the derivative rule of %s', (op) => {
  const cases = Object.entries(CASES[op]);

  it('has a case', () => {
    expect(cases).not.toHaveLength(0);
  });

  it.each(cases)('%s', async (_, ruleCase) => {
    for (const form of FORMS) {
      if ('refuses' in ruleCase) {
        expect(() => caseGraph(ruleCase, form)).toThrow(ruleCase.refuses);
        expect(() => caseGraph(ruleCase, form)).toThrow(new RegExp(`The ${op} node '${op}' cannot be differentiated`));
        continue;
      }
      const graph = caseGraph(ruleCase, form);
      checkGraph(graph);
      expect(graph.nodes.map((node) => node.op)).toContain(op);
      for (const { input, gradient, differences } of await compareWithDifferences(ruleCase, form)) {
        const largest = Math.max(1, ...differences.map(Math.abs));
        expect(gradient, `gradient of ${input}, ${form.provider}`).toBeAllclose(differences, TOLERANCE * largest);
      }
    }
  });
});
