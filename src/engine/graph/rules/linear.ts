/** Shapes of matrix products. */
import type { Shape } from '../value';
import { broadcastOf, dimAt, sameDtype, type RuleCall, type RuleFamily } from './rule';

/** [...batch, m, k] x [...batch, k, n] = [...batch, m, n], batch axes broadcasting. */
export function matrixProduct(call: RuleCall, a: Shape, b: Shape): Shape {
  if (a.length < 2 || b.length < 2) return call.fail('both operands must be matrices');
  const inner = dimAt(call, a, a.length - 1);
  if (inner !== dimAt(call, b, b.length - 2)) call.fail('the inner sizes differ');
  const batch = broadcastOf(call, a.slice(0, -2), b.slice(0, -2));
  return [...batch, dimAt(call, a, a.length - 2), dimAt(call, b, b.length - 1)];
}

/** The last two axes exchanged when `flag` is 1. */
export function transposed(shape: Shape, flag: number | undefined): Shape {
  const [rows, columns] = shape.slice(-2);
  if (flag !== 1 || rows === undefined || columns === undefined) return shape;
  return [...shape.slice(0, -2), columns, rows];
}

export const linearRules: RuleFamily<'MatMul'> = {
  MatMul: (call) => [
    { dtype: sameDtype(call, call.at(0), call.at(1)), shape: matrixProduct(call, call.at(0).shape, call.at(1).shape) },
  ],
};
