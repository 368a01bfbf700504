/** Derivatives of operators that work element by element. */
import type { Value } from '../../graph';
import { Cast, Cos, Div, Exp, Less, Mul, Neg, Sin, Sub, Where } from '../../ops/index';
import { isSmooth, noGradient, when, type GradientCall, type GradientFamily } from '../rule';

type Arithmetic = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Where' | 'Less' | 'Equal';
type Functions =
  'Neg' | 'Sqrt' | 'Exp' | 'Sin' | 'Cos' | 'Erf' | 'Sigmoid' | 'Tanh' | 'Relu' | 'Clip' | 'Identity' | 'Cast';

export const arithmeticRules: GradientFamily<Arithmetic> = {
  Add: (call) => [when(call, 0, () => call.dy()), when(call, 1, () => call.dy())],
  Sub: (call) => [when(call, 0, () => call.dy()), when(call, 1, () => Neg(call.g, call.dy(), call.hint('negated')))],
  Mul: (call) => [
    when(call, 0, () => Mul(call.g, call.dy(), call.input(1), call.hint('a'))),
    when(call, 1, () => Mul(call.g, call.dy(), call.input(0), call.hint('b'))),
  ],
  Div: (call) => [
    when(call, 0, () => Div(call.g, call.dy(), call.input(1), call.hint('a'))),
    // −y / b · dy
    when(call, 1, () => {
      const slope = Div(call.g, call.output(), call.input(1), call.hint('slope'));
      return Neg(call.g, Mul(call.g, call.dy(), slope, call.hint('product')), call.hint('b'));
    }),
  ],
  Where: (call) => [
    undefined,
    when(call, 1, () => Where(call.g, call.input(0), call.dy(), 0, call.hint('a'))),
    when(call, 2, () => Where(call.g, call.input(0), 0, call.dy(), call.hint('b'))),
  ],
  Less: noGradient,
  Equal: noGradient,
};

/** dy times the slope of the function. */
const chain = (call: GradientCall, slope: Value): readonly Value[] => [
  Mul(call.g, call.dy(), slope, call.hint('product')),
];

/** 2 / √π, the slope of erf at 0. */
const ERF_SLOPE = 2 / Math.sqrt(Math.PI);

export const functionRules: GradientFamily<Functions> = {
  Neg: (call) => [Neg(call.g, call.dy(), call.hint('negated'))],
  Sqrt: (call) => {
    const half = Mul(call.g, call.dy(), 0.5, call.hint('half'));
    return [Div(call.g, half, call.output(), call.hint('quotient'))];
  },
  Exp: (call) => chain(call, call.output()),
  Sin: (call) => chain(call, Cos(call.g, call.input(0), call.hint('slope'))),
  Cos: (call) => [Neg(call.g, Mul(call.g, call.dy(), Sin(call.g, call.input(0)), call.hint('product')))],
  Erf: (call) => {
    const { g } = call;
    const bell = Exp(g, Neg(g, square(call, call.input(0)), call.hint('exponent')), call.hint('bell'));
    return chain(call, Mul(g, bell, ERF_SLOPE, call.hint('slope')));
  },
  // y (1 − y)
  Sigmoid: (call) => {
    const y = call.output();
    return chain(call, Mul(call.g, y, Sub(call.g, 1, y, call.hint('rest')), call.hint('slope')));
  },
  Tanh: (call) => chain(call, Sub(call.g, 1, square(call, call.output()), call.hint('slope'))),
  Relu: (call) => [
    Where(call.g, Less(call.g, 0, call.output(), call.hint('positive')), call.dy(), 0, call.hint('open')),
  ],
  Clip: (call) => {
    const [low, high] = [1, 2].map((index) => (call.node.inputs[index] === undefined ? undefined : call.input(index)));
    let gradient = call.dy();
    const x = call.input(0);
    if (low !== undefined) {
      gradient = Where(call.g, Less(call.g, x, low, call.hint('below')), 0, gradient, call.hint('above.low'));
    }
    if (high !== undefined) {
      gradient = Where(call.g, Less(call.g, high, x, call.hint('above')), 0, gradient, call.hint('below.high'));
    }
    return [gradient];
  },
  Identity: (call) => [call.dy()],
  // Whole numbers and conditions are steps: nothing flows through them.
  Cast: (call) => (isSmooth(call.output()) ? [Cast(call.g, call.dy(), call.input(0).dtype, call.hint('cast'))] : []),
};

function square(call: GradientCall, x: Value): Value {
  return Mul(call.g, x, x, call.hint('square'));
}
