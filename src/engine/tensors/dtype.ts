/** Element sizes, and conversion between float32 and the half-precision formats. */
import type { DType, Tensor, TypedArrays } from './tensor';

export const BYTES_PER_ELEMENT: Readonly<Record<DType, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** Views `bytes` as elements of `dtype`; the buffer's length must be a whole number of elements. */
export function typedArray<D extends DType>(dtype: D, bytes: ArrayBuffer): TypedArrays[D] {
  const views: { [K in DType]: () => TypedArrays[K] } = {
    float64: () => new Float64Array(bytes),
    float32: () => new Float32Array(bytes),
    float16: () => new Uint16Array(bytes),
    bfloat16: () => new Uint16Array(bytes),
    int64: () => new BigInt64Array(bytes),
    int32: () => new Int32Array(bytes),
    int16: () => new Int16Array(bytes),
    int8: () => new Int8Array(bytes),
    uint8: () => new Uint8Array(bytes),
    bool: () => new Uint8Array(bytes),
  };
  return views[dtype]();
}

/** float32 bits of one IEEE 754 binary16 pattern; exact, NaN payloads included. */
export function float16ToFloat32Bits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return (sign | 0x7f800000 | (mantissa << 13)) >>> 0;
  if (exponent !== 0) return (sign | ((exponent + 112) << 23) | (mantissa << 13)) >>> 0;
  if (mantissa === 0) return sign >>> 0;
  // Subnormal: shift the leading one up to the implicit place and lower the exponent by as much.
  const shift = Math.clz32(mantissa) - 21;
  return (sign | ((113 - shift) << 23) | (((mantissa << shift) & 0x3ff) << 13)) >>> 0;
}

let halfTable: Uint32Array | undefined;

/** 64 Ki entries: a table look-up is about ten times faster than the arithmetic on hundreds of megabytes. */
function float16Table(): Uint32Array {
  return (halfTable ??= Uint32Array.from({ length: 0x10000 }, (_, half) => float16ToFloat32Bits(half)));
}

export function float16ToFloat32(halves: Uint16Array): Float32Array {
  const table = float16Table();
  const bits = new Uint32Array(halves.length);
  // "?? 0" never happens (a half is below 65536, the length of the table); the compiler wants it said.
  for (let i = 0; i < halves.length; i++) bits[i] = table[halves[i] ?? 0] ?? 0;
  return new Float32Array(bits.buffer);
}

export function bfloat16ToFloat32(values: Uint16Array): Float32Array {
  const bits = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) bits[i] = (values[i] ?? 0) << 16;
  return new Float32Array(bits.buffer);
}

function roundToFloat16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff);
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const rebased = magnitude - 0x38000000;
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
  }
  if (magnitude <= 0x33000000) return sign;
  const shift = 126 - (magnitude >>> 23);
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const kept = mantissa >>> shift;
  const rest = mantissa & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return sign | (kept + (rest > middle || (rest === middle && (kept & 1) === 1) ? 1 : 0));
}

/** Rounds to the nearest float16, ties to even; beyond 65504 becomes infinity. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) halves[i] = roundToFloat16(bits[i] ?? 0);
  return halves;
}

/** Rounds to the nearest bfloat16, ties to even; NaN stays NaN. */
export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const value = bits[i] ?? 0;
    const isNaN = (value & 0x7fffffff) > 0x7f800000;
    out[i] = isNaN ? (value >>> 16) | 0x40 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
  return out;
}

/**
 * The tensor's values as float32, in the same order. A float32 tensor's own array is returned, not a copy;
 * float64 and 64-bit integers are rounded to the nearest float32.
 */
export function toFloat32(tensor: Tensor): Float32Array {
  const { data } = tensor;
  if (data instanceof Float32Array) return data;
  if (data instanceof BigInt64Array) return Float32Array.from(data, Number);
  if (tensor.dtype === 'float16') return float16ToFloat32(data as Uint16Array);
  if (tensor.dtype === 'bfloat16') return bfloat16ToFloat32(data as Uint16Array);
  return new Float32Array(data);
}
