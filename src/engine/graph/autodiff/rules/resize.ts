/** Derivative of nearest-neighbour resizing. */
import type { Dim, Value } from '../../graph';
import { AveragePool, Cast, dimsValue, Div, Equal, MatMul, Mul, Range, Transpose, Unsqueeze } from '../../ops/index';
import type { GradientCall, GradientFamily } from '../rule';

export const resizeRules: GradientFamily<'Resize'> = {
  Resize: (call) => {
    const scales = call.node.inputs[2];
    const factor = scales === undefined ? undefined : Number(call.g.constantOf(scales)?.data[3]);
    return [factor === undefined ? fromSizes(call) : fromFactor(call, factor)];
  },
};

/** Every source pixel became a square of factor² pixels: their sum, as the mean of a pooling (measured fastest). */
function fromFactor(call: GradientCall, factor: number): Value {
  const { g } = call;
  const square = { kernel_shape: [factor, factor], strides: [factor, factor] };
  return Mul(g, AveragePool(g, call.dy(), square, call.hint('mean')), factor * factor, call.hint('sum'));
}

/** Rᵀ dy C with the matrices R and C that pick rows and columns: right for sizes that are no multiples. */
function fromSizes(call: GradientCall): Value {
  const { g } = call;
  const [, , height = 1, width = 1] = call.input(0).shape;
  const dy = call.dy();
  const [, , tall = 1, wide = 1] = dy.shape;
  const rows = Transpose(g, picked(call, tall, height), [1, 0], call.hint('rows'));
  return MatMul(g, rows, MatMul(g, dy, picked(call, wide, width), call.hint('columns')), call.hint('sums'));
}

/** float32 [to, from]: 1 where target pixel i shows source pixel ⌊i · from / to⌋. */
function picked(call: GradientCall, to: Dim, from: Dim): Value {
  const { g } = call;
  const places = Mul(g, Range(g, 0, to, 1), dimsValue(g, [from]), call.hint('places'));
  const sources = Unsqueeze(g, Div(g, places, dimsValue(g, [to]), call.hint('sources')), [1]);
  const hit = Equal(g, sources, Unsqueeze(g, Range(g, 0, from, 1), [0]), call.hint('hit'));
  return Cast(g, hit, 'float32', call.hint('matrix'));
}
