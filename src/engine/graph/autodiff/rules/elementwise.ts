/** Derivatives of operators that work element by element. */
import type { Value } from '../../graph';
import { Add, Cast, Cos, Div, Erf, Exp, Less, Mul, Neg, Pow, Sin, Sub, Where } from '../../ops/index';
import { isSmooth, noGradient, when, type GradientCall, type GradientFamily } from '../rule';

type Arithmetic = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Where' | 'Less' | 'Equal';
type Functions =
  | 'Neg'
  | 'Sqrt'
  | 'Exp'
  | 'Log'
  | 'Sin'
  | 'Cos'
  | 'Erf'
  | 'Sigmoid'
  | 'Tanh'
  | 'Relu'
  | 'Clip'
  | 'Gelu'
  | 'Identity'
  | 'Cast';

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
  Pow: (call) => {
    if (call.wants(1)) call.refuse('the exponent has no derivative rule; only the base has');
    return [
      when(call, 0, () => {
        const { g } = call;
        const exponent = call.input(1);
        const lowered = Pow(g, call.input(0), Sub(g, exponent, 1, call.hint('exponent')), call.hint('power'));
        return Mul(g, call.dy(), Mul(g, exponent, lowered, call.hint('slope')), call.hint('base'));
      }),
      undefined,
    ];
  },
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
/** 1 / √(2π), the height of the normal density. */
const NORMAL_HEIGHT = 1 / Math.sqrt(2 * Math.PI);

export const functionRules: GradientFamily<Functions> = {
  Neg: (call) => [Neg(call.g, call.dy(), call.hint('negated'))],
  Sqrt: (call) => {
    const half = Mul(call.g, call.dy(), 0.5, call.hint('half'));
    return [Div(call.g, half, call.output(), call.hint('quotient'))];
  },
  Exp: (call) => chain(call, call.output()),
  Log: (call) => [Div(call.g, call.dy(), call.input(0), call.hint('quotient'))],
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
  // Φ(x) + x φ(x)
  Gelu: (call) => {
    if (call.attributes.approximate === 'tanh') call.refuse('only the exact form has a derivative rule');
    const { g } = call;
    const x = call.input(0);
    const erf = Erf(g, Mul(g, x, Math.SQRT1_2, call.hint('scaled')), call.hint('erf'));
    const area = Mul(g, Add(g, erf, 1, call.hint('raised')), 0.5, call.hint('area'));
    const exponent = Mul(g, square(call, x), -0.5, call.hint('exponent'));
    const density = Mul(g, Exp(g, exponent, call.hint('bell')), NORMAL_HEIGHT, call.hint('density'));
    return chain(call, Add(g, area, Mul(g, x, density, call.hint('moment')), call.hint('slope')));
  },
  Identity: (call) => [call.dy()],
  // Whole numbers and conditions are steps: nothing flows through them.
  Cast: (call) => (isSmooth(call.output()) ? [Cast(call.g, call.dy(), call.input(0).dtype, call.hint('cast'))] : []),
};

function square(call: GradientCall, x: Value): Value {
  return Mul(call.g, x, x, call.hint('square'));
}
