/** Derivatives of matrix products. */
import { product } from '../../dims';
import type { Value } from '../../graph';
import { FusedMatMul, MatMul, Reshape, Transpose } from '../../ops/index';
import { when, type GradientCall, type GradientFamily } from '../rule';

export const linearRules: GradientFamily<'MatMul'> = {
  MatMul: (call) => [
    when(call, 0, () => timesTransposed(call, call.dy(), call.input(1))),
    when(call, 1, () => (call.input(1).shape.length === 2 ? matrixGradient(call) : batchGradient(call))),
  ],
};

/** da = dy bᵀ. A weight that was transposed for the forward product is used as it is stored. */
function timesTransposed(call: GradientCall, dy: Value, b: Value): Value {
  const { g } = call;
  const stored = storedForm(call, b);
  if (stored !== undefined) return MatMul(g, dy, stored, call.hint('a'));
  return g.form.provider === 'cpu'
    ? FusedMatMul(g, dy, b, { transB: 1 }, call.hint('a'))
    : MatMul(g, dy, swapped(call, b), call.hint('a'));
}

/** db = aᵀ dy over all rows of all batches at once, for a matrix b that every batch shares. */
function matrixGradient(call: GradientCall): Value {
  const { g } = call;
  const rows = (value: Value, name: string): Value =>
    value.shape.length === 2
      ? value
      : Reshape(g, value, [product(...value.shape.slice(0, -1)), value.shape.at(-1) ?? 1], call.hint(name));
  return transposedTimes(call, rows(call.input(0), 'rows'), rows(call.dy(), 'dy.rows'));
}

function batchGradient(call: GradientCall): Value {
  return transposedTimes(call, call.input(0), call.dy());
}

function transposedTimes(call: GradientCall, a: Value, b: Value): Value {
  const { g } = call;
  return g.form.provider === 'cpu'
    ? FusedMatMul(g, a, b, { transA: 1 }, call.hint('b'))
    : MatMul(g, swapped(call, a), b, call.hint('b'));
}

function swapped(call: GradientCall, value: Value): Value {
  return Transpose(call.g, value, lastTwoSwapped(value.shape.length), call.hint('transposed'));
}

/** What `value` is the transpose of, if it is made by exchanging the last two axes. */
function storedForm({ g }: GradientCall, value: Value): Value | undefined {
  const producer = g.producerOf(value);
  if (producer?.op !== 'Transpose') return undefined;
  const { perm } = producer.attributes as { readonly perm: readonly number[] };
  const exchange = lastTwoSwapped(perm.length);
  return perm.every((axis, i) => axis === exchange[i]) ? producer.inputs[0] : undefined;
}

function lastTwoSwapped(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
}
