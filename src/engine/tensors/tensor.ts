/** Tensors in memory: a dtype, a shape and little-endian typed data in row-major order. */

/** The element types Fourstep reads, writes and computes with, in ONNX's spelling. */
export type DType =
  'float64' | 'float32' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'int16' | 'int8' | 'uint8' | 'bool';

/** float16 and bfloat16 are kept as raw 16-bit patterns: Node 20 has no Float16Array. bool is one byte per element. */
export interface TypedArrays {
  float64: Float64Array;
  float32: Float32Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int64: BigInt64Array;
  int32: Int32Array;
  int16: Int16Array;
  int8: Int8Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}

export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: TypedArrays[D];
}

export function float32(data: Float32Array | readonly number[], shape: readonly number[]): Tensor<'float32'> {
  return { dtype: 'float32', shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

export function int64(data: readonly number[], shape: readonly number[]): Tensor<'int64'> {
  return { dtype: 'int64', shape, data: BigInt64Array.from(data, BigInt) };
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** Tensors of one item each as one batch. */
export function stacked(items: readonly Tensor<'float32'>[]): Tensor<'float32'> {
  const [first] = items;
  if (first === undefined) throw new Error('A batch needs an item');
  const data = new Float32Array(items.length * first.data.length);
  items.forEach((item, index) => {
    data.set(item.data, index * first.data.length);
  });
  return float32(data, [items.length, ...first.shape.slice(1)]);
}

/** Tensors that differ in their last axis only, joined along it. */
export function joinedLast(left: Tensor<'float32'>, right: Tensor<'float32'>): Tensor<'float32'> {
  const [a, b] = [left.shape.at(-1) ?? 0, right.shape.at(-1) ?? 0];
  const rows = left.data.length / a;
  const data = new Float32Array(rows * (a + b));
  for (let row = 0; row < rows; row++) {
    data.set(left.data.subarray(row * a, (row + 1) * a), row * (a + b));
    data.set(right.data.subarray(row * b, (row + 1) * b), row * (a + b) + a);
  }
  return float32(data, [...left.shape.slice(0, -1), a + b]);
}
