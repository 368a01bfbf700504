import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
  toFloat32,
} from '../../../../src/engine/tensors/dtype';
import { int64 } from '../../../../src/engine/tensors/tensor';

const all16 = Uint16Array.from({ length: 0x10000 }, (_, i) => i);

/** The definition: sign, 5 exponent bits with bias 15, 10 mantissa bits. */
function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + mantissa / 1024) : (2 ** -14 * mantissa) / 1024);
}

describe('float16', () => {
  it('converts each of its 65,536 patterns to the value that IEEE 754 defines', () => {
    const values = float16ToFloat32(all16);
    const wrong = all16.filter((bits) => !Object.is(values[bits], halfValue(bits)));
    expect([...wrong]).toEqual([]);
  });

  it('comes back to the same pattern from float32, except that NaNs become quiet', () => {
    const back = float32ToFloat16(float16ToFloat32(all16));
    const changed = all16.filter((bits) => back[bits] !== bits);
    expect(changed.every((bits) => Number.isNaN(halfValue(bits)) && Number.isNaN(halfValue(back[bits]!)))).toBe(true);
    expect(changed.length).toBeLessThan(2048);
  });

  it('rounds to the nearest value, ties to even', () => {
    const finite = [...all16.subarray(0, 0x7c00)];
    fc.assert(
      fc.property(fc.constantFrom(...finite.slice(0, -1)), (bits) => {
        const [low, high] = [halfValue(bits), halfValue(bits + 1)];
        const middle = Math.fround((low + high) / 2);
        const step = 2 ** -24 * Math.max(middle, 2 ** -14);
        const even = bits % 2 === 0 ? bits : bits + 1;
        expect([...float32ToFloat16(Float32Array.of(middle - step, middle, middle + step))]).toEqual([
          bits,
          even,
          bits + 1,
        ]);
      }),
      { numRuns: 500 },
    );
  });

  it('becomes infinite from 65520 on and zero up to 2^-25', () => {
    const out = float32ToFloat16(
      Float32Array.of(65504, 65519.996, 65520, 1e30, -Infinity, 2 ** -25, 2 ** -25 * 1.0001, -1e-30),
    );
    expect([...out]).toEqual([0x7bff, 0x7bff, 0x7c00, 0x7c00, 0xfc00, 0, 1, 0x8000]);
  });
});

describe('bfloat16', () => {
  it('is the upper half of a float32', () => {
    const values = new Uint32Array(bfloat16ToFloat32(all16).buffer);
    expect(all16.every((bits) => values[bits] === bits * 0x10000)).toBe(true);
  });

  it('rounds to the nearest value, ties to even, and keeps NaN', () => {
    const input = new Float32Array(
      Uint32Array.of(0x3f808000, 0x3f818000, 0x3f808001, 0x3f807fff, 0x7f7fffff, 0x7f800001).buffer,
    );
    expect([...float32ToBfloat16(input)]).toEqual([0x3f80, 0x3f82, 0x3f81, 0x3f80, 0x7f80, 0x7fc0]);
  });
});

describe('toFloat32', () => {
  it('gives the float32 array itself and converts everything else', () => {
    const own = Float32Array.of(1);
    expect(toFloat32({ dtype: 'float32', shape: [1], data: own })).toBe(own);
    expect(toFloat32(int64([-1, 2 ** 40], [2]))).toEqual(Float32Array.of(-1, 2 ** 40));
    expect(toFloat32({ dtype: 'float64', shape: [1], data: Float64Array.of(0.1) })).toEqual(Float32Array.of(0.1));
    expect(toFloat32({ dtype: 'bool', shape: [2], data: Uint8Array.of(0, 1) })).toEqual(Float32Array.of(0, 1));
    expect(toFloat32({ dtype: 'float16', shape: [1], data: Uint16Array.of(0xc000) })).toEqual(Float32Array.of(-2));
    expect(toFloat32({ dtype: 'bfloat16', shape: [1], data: Uint16Array.of(0xc000) })).toEqual(Float32Array.of(-2));
  });
});
