/** Sums a gradient over the axes along which its operand was repeated. */
import { sameShape } from '../dims';
import type { GraphBuilder, Shape, Value } from '../graph';
import { ReduceSum } from '../ops/index';

/** `gradient` in the shape of the operand it belongs to. */
export function unbroadcast(g: GraphBuilder, gradient: Value, shape: Shape): Value {
  if (sameShape(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const leading = Array.from({ length: extra }, (_, axis) => axis);
  const summed =
    extra === 0 ? gradient : ReduceSum(g, gradient, leading, { keepdims: 0 }, `${gradient.name}.unbroadcast`);
  const repeated = shape.flatMap((dim, axis) => (dim === 1 && summed.shape[axis] !== 1 ? [axis] : []));
  const result =
    repeated.length === 0 ? summed : ReduceSum(g, summed, repeated, { keepdims: 1 }, `${gradient.name}.unbroadcast`);
  if (!sameShape(result.shape, shape)) {
    throw new Error(
      `A gradient of shape [${gradient.shape.join(', ')}] belongs to no operand of shape [${shape.join(', ')}]`,
    );
  }
  return result;
}
