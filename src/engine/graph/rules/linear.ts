/** Shapes of matrix products. */
import type { Dim, Shape } from '../value';
import { broadcastOf, dimAt, expectRank, sameDtype, type RuleCall, type RuleFamily } from './rule';

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

export const linearRules: RuleFamily<'MatMul' | 'Gemm'> = {
  MatMul: (call) => [
    { dtype: sameDtype(call, call.at(0), call.at(1)), shape: matrixProduct(call, call.at(0).shape, call.at(1).shape) },
  ],

  Gemm: (call) => {
    const { transA, transB } = call.attributes;
    const a = transposed(expectRank(call, 0, 2), transA);
    const b = transposed(expectRank(call, 1, 2), transB);
    const shape = matrixProduct(call, a, b);
    const bias = call.inputs[2];
    if (bias !== undefined) checkAddend(call, bias.shape, shape);
    return [{ dtype: sameDtype(call, ...call.inputs.filter((value) => value !== undefined)), shape }];
  },
};

function checkAddend(call: RuleCall, addend: Shape, shape: Shape): void {
  const fits = (dim: Dim, fromEnd: number): boolean => dim === 1 || dim === shape[shape.length - 1 - fromEnd];
  const reversed = [...addend].reverse();
  if (addend.length > 2 || !reversed.every(fits)) call.fail('the bias does not broadcast to the product');
}
