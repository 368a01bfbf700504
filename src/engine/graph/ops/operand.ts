/** What the operator functions share: plain numbers as operands, and single outputs. */
import type { DType, Tensor, TypedArrays } from '../../tensors/tensor';
import { int64 } from '../../tensors/tensor';
import type { OpAttributes, OpName } from '../attributes';
import type { GraphBuilder, Value } from '../graph';

/** A value of the graph, or a number that becomes a scalar constant of the other operand's dtype. */
export type Operand = Value | number;

interface OneOutputCall<O extends OpName> {
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: OpAttributes[O];
  readonly hint: string | undefined;
}

/** Emits an operator that has exactly one output. */
export function emitOne<O extends OpName>(g: GraphBuilder, op: O, call: OneOutputCall<O>): Value {
  const [output, ...more] = g.emit(op, call.inputs, call.attributes, call.hint);
  if (output === undefined || more.length > 0) throw new Error(`${op} made ${more.length} outputs more than one`);
  return output;
}

/** Without the omitted optional inputs at the end, as ONNX wants them. */
export function trimmed(...inputs: (Value | undefined)[]): (Value | undefined)[] {
  while (inputs.length > 0 && inputs.at(-1) === undefined) inputs.pop();
  return inputs;
}

/** A constant of the graph. */
export function Constant(g: GraphBuilder, tensor: Tensor, hint?: string): Value {
  return g.constant(tensor, hint);
}

/** A scalar constant of the given dtype. */
export function scalar(g: GraphBuilder, value: number, dtype: DType = 'float32'): Value {
  return g.constant({ dtype, shape: [], data: scalarData(value, dtype) }, 'scalar');
}

/** A vector of int64, for shapes, axes and indices. */
export function vector(g: GraphBuilder, values: readonly number[], hint?: string): Value {
  return g.constant(int64(values, [values.length]), hint);
}

/** Makes a number a constant of `like`'s dtype. */
export function operand(g: GraphBuilder, value: Operand, like: Operand): Value {
  if (typeof value !== 'number') return value;
  return scalar(g, value, typeof like === 'number' ? 'float32' : like.dtype);
}

function scalarData(value: number, dtype: DType): TypedArrays[DType] {
  switch (dtype) {
    case 'float32':
      return Float32Array.of(value);
    case 'float64':
      return Float64Array.of(value);
    case 'int64':
      return BigInt64Array.of(BigInt(value));
    case 'int32':
      return Int32Array.of(value);
    case 'int16':
      return Int16Array.of(value);
    case 'int8':
      return Int8Array.of(value);
    case 'uint8':
      return Uint8Array.of(value);
    case 'bool':
      return Uint8Array.of(value === 0 ? 0 : 1);
    case 'float16':
    case 'bfloat16':
      throw new Error(`a ${dtype} scalar must be given as a tensor`);
  }
}
