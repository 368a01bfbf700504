/** Cases of the operators that work element by element. */
import type { CaseInput } from '../../../../../support/finite-differences';
import type { GraphBuilder, Value } from '../../../../../../src/engine/graph/graph';
import * as ops from '../../../../../../src/engine/graph/ops/index';
import { betweenKinks, input, positive, type RuleCases } from './rule-cases';

type Binary = (g: GraphBuilder, a: Value, b: Value) => Value;
type BinaryCases = RuleCases<'Add'>['Add'];

/** Equal shapes, and every way in which one operand is repeated along axes of the other. */
function binaryCases(op: Binary, second: (...shape: CaseInput['shape']) => CaseInput = input): BinaryCases {
  const of = (a: CaseInput['shape'], b: CaseInput['shape']): BinaryCases[string] => ({
    inputs: { a: input(...a), b: second(...b) },
    layOut: (g, { a, b }) => op(g, a!, b!),
    sizes: { batch: 2, height: 3 },
  });
  return {
    'equal shapes': of([2, 3], [2, 3]),
    'one axis of size 1 on each side': of([3, 1], [1, 4]),
    'fewer axes on the right': of([2, 2, 3], [2, 1]),
    'fewer axes on the left': of([3], [2, 2, 3]),
    'a scalar': of([2, 3], []),
    'a scalar on the left': of([], [2, 3]),
    'sizes that are 1 on both sides': of([1, 3, 1], [3, 1]),
    'channels over a picture': of([2, 3, 2, 2], [3, 1, 1]),
    'free axes': of(['batch', 2, 'height'], [2, 1]),
    'the same value twice': { inputs: { a: second(2, 3) }, layOut: (g, { a }) => op(g, a!, a!) },
  };
}

const unary = (op: (g: GraphBuilder, x: Value) => Value, x = input(3, 4)): BinaryCases => ({
  'a matrix': { inputs: { x }, layOut: (g, { x }) => op(g, x!) },
  'a scalar': { inputs: { x: { ...x, shape: [] } }, layOut: (g, { x }) => op(g, x!) },
});

export const arithmeticCases: RuleCases<'Add' | 'Sub' | 'Mul' | 'Div' | 'Where' | 'Less' | 'Equal'> = {
  Add: binaryCases(ops.Add),
  Sub: binaryCases(ops.Sub),
  Mul: binaryCases(ops.Mul),
  Div: binaryCases(ops.Div, positive),
  Where: {
    'both sides': {
      inputs: { a: input(2, 3), b: input(2, 3), c: betweenKinks(2, 3) },
      layOut: (g, { a, b, c }) => ops.Add(g, ops.Where(g, ops.Less(g, c!, 0), a!, b!), c!),
    },
    'both sides and the condition repeated': {
      inputs: { a: input(3, 1, 1), b: input(2, 1), c: betweenKinks(4) },
      layOut: (g, { a, b, c }) => ops.Mul(g, ops.Where(g, ops.Less(g, c!, 0), a!, b!), c!),
    },
    'a number on one side': {
      inputs: { a: betweenKinks(2, 3) },
      layOut: (g, { a }) => ops.Where(g, ops.Less(g, a!, 0), 0.25, a!),
    },
  },
  Less: {
    'nothing flows through a comparison': {
      inputs: { x: betweenKinks(2, 3), y: input(3) },
      layOut: (g, { x, y }) => ops.Mul(g, ops.Cast(g, ops.Less(g, x!, 0), 'float32'), ops.Add(g, x!, y!)),
    },
  },
  Equal: {
    'nothing flows through a comparison': {
      inputs: { x: betweenKinks(2, 3) },
      layOut: (g, { x }) => {
        const zero = ops.Equal(g, ops.Cast(g, x!, 'int64'), 0);
        return ops.Add(g, ops.Cast(g, zero, 'float32'), x!);
      },
    },
  },
};

export const functionCases: RuleCases<
  'Neg' | 'Sqrt' | 'Exp' | 'Sin' | 'Cos' | 'Erf' | 'Sigmoid' | 'Tanh' | 'Relu' | 'Clip' | 'Identity' | 'Cast'
> = {
  Neg: unary(ops.Neg),
  Sqrt: unary(ops.Sqrt, positive(3, 4)),
  Exp: unary(ops.Exp),
  Sin: unary(ops.Sin),
  Cos: unary(ops.Cos),
  Erf: unary(ops.Erf),
  Sigmoid: unary(ops.Sigmoid),
  Tanh: unary(ops.Tanh),
  Relu: unary(ops.Relu, betweenKinks(3, 4)),
  Clip: {
    ...unary((g, x) => ops.Clip(g, x, -0.5, 0.5), betweenKinks(3, 4)),
    'below only': { inputs: { x: betweenKinks(3, 4) }, layOut: (g, { x }) => ops.Clip(g, x!, -0.5) },
    'above only': { inputs: { x: betweenKinks(3, 4) }, layOut: (g, { x }) => ops.Clip(g, x!, undefined, 0.5) },
    'a trained limit': {
      inputs: { x: betweenKinks(3, 4), low: input() },
      layOut: (g, { x, low }) => ops.Clip(g, x!, low),
      refuses: /input 1 has no derivative rule/,
    },
  },
  Identity: unary(ops.Identity),
  Cast: {
    'to more digits and back': {
      inputs: { x: input(2, 3) },
      layOut: (g, { x }) => ops.Cast(g, ops.Cast(g, x!, 'float64'), 'float32'),
    },
    'nothing flows through whole numbers': {
      inputs: { x: betweenKinks(2, 3) },
      layOut: (g, { x }) => ops.Mul(g, ops.Cast(g, ops.Cast(g, x!, 'int64'), 'float32'), x!),
    },
  },
};
