/* eslint max-params: ['error', 8] -- operator functions take the inputs in ONNX's order, then attributes and hint */
/** Element-by-element operators. */
import type { DType } from '../../tensors/tensor';
import type { GraphBuilder, Value } from '../graph';
import { emitOne, operand, trimmed, type Operand } from './operand';

type Binary = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Less' | 'Equal';
type Unary = 'Neg' | 'Sqrt' | 'Exp' | 'Sin' | 'Cos' | 'Erf' | 'Sigmoid' | 'Tanh' | 'Relu' | 'Identity';

const binary =
  (op: Binary) =>
  (g: GraphBuilder, a: Operand, b: Operand, hint?: string): Value =>
    emitOne(g, op, { inputs: [operand(g, a, b), operand(g, b, a)], attributes: {}, hint });

const unary =
  (op: Unary) =>
  (g: GraphBuilder, x: Value, hint?: string): Value =>
    emitOne(g, op, { inputs: [x], attributes: {}, hint });

export const Add = binary('Add');
export const Sub = binary('Sub');
export const Mul = binary('Mul');
export const Div = binary('Div');
/** bool result */
export const Less = binary('Less');
export const Equal = binary('Equal');

export const Neg = unary('Neg');
export const Sqrt = unary('Sqrt');
export const Exp = unary('Exp');
export const Sin = unary('Sin');
export const Cos = unary('Cos');
export const Erf = unary('Erf');
export const Sigmoid = unary('Sigmoid');
export const Tanh = unary('Tanh');
export const Relu = unary('Relu');
export const Identity = unary('Identity');

/** x limited to [min, max]; undefined leaves that side open. */
export function Clip(g: GraphBuilder, x: Value, min?: Operand, max?: Operand, hint?: string): Value {
  const limits = [min, max].map((limit) => (limit === undefined ? undefined : operand(g, limit, x)));
  return emitOne(g, 'Clip', { inputs: trimmed(x, ...limits), attributes: {}, hint });
}

/** x in another dtype; x itself when it has that dtype already. */
export function Cast(g: GraphBuilder, x: Value, to: DType, hint?: string): Value {
  return x.dtype === to ? x : emitOne(g, 'Cast', { inputs: [x], attributes: { to }, hint });
}

/** condition ? a : b, element by element. */
export function Where(g: GraphBuilder, condition: Value, a: Operand, b: Operand, hint?: string): Value {
  return emitOne(g, 'Where', { inputs: [condition, operand(g, a, b), operand(g, b, a)], attributes: {}, hint });
}
