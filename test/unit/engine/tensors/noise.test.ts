import { describe, expect, it } from 'vitest';
import { inverseNormal, normalNoise } from '../../../../src/engine/tensors/noise';
import { philox4x32 } from '../../../../src/engine/tensors/philox';

describe('philox4x32', () => {
  // The known-answer vectors of Random123, the authors' library (kat_vectors, "philox4x32 10").
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)('gives the published answer for counter %j and key %j', (counter, key, answer) => {
    expect(philox4x32(counter, key)).toEqual(answer);
  });
});

describe('inverseNormal', () => {
  // CPython's statistics.NormalDist().inv_cdf, to all digits of a double.
  it.each([
    [0.5, 0],
    [0.6, 0.2533471031357998],
    [0.925, 1.439531470938456],
    [0.975, 1.9599639845400536],
    [0.999, 3.090232306167813],
    [1e-9, -5.9978070150076865],
    [0.5 / 2 ** 32, -6.337957754553789],
  ])('of %d is %d', (u, z) => {
    expect(Math.abs(inverseNormal(u) - z)).toBeLessThanOrEqual(Math.abs(z) * 1e-14);
  });

  it('is odd about one half', () => {
    for (const p of [1 / 2 ** 20, 1 / 64, 0.0625, 0.125, 0.375]) expect(inverseNormal(1 - p)).toBe(-inverseNormal(p));
  });
});

describe('normalNoise', () => {
  it('never changes: pictures saved with a seed depend on these bits', () => {
    // A second implementation, in Python on the C library's logarithm, gives the same float32 bits.
    const bits = (seed: number, stream: number) =>
      [...new Uint32Array(normalNoise(seed, stream, 5).buffer)].map((b) => b.toString(16));
    expect(bits(0, 0)).toMatchInlineSnapshot(`
      [
        "be82fa50",
        "3f96bb4f",
        "3f2153b7",
        "3e88fdeb",
        "3ff51846",
      ]
    `);
    expect(bits(42, 0)).toMatchInlineSnapshot(`
      [
        "3e92f728",
        "bda16e33",
        "bfb9dfa1",
        "bed1fa53",
        "400fe2b3",
      ]
    `);
    expect(bits(42, 3)).toMatchInlineSnapshot(`
      [
        "bfdfa194",
        "be0c0069",
        "3f178566",
        "3e7e86e8",
        "3d631a50",
      ]
    `);
    expect(bits(Number.MAX_SAFE_INTEGER, 1)).toMatchInlineSnapshot(`
      [
        "3f67fdef",
        "bed9dcd4",
        "bd34c2c1",
        "bf0e9fc2",
        "bfe509c0",
      ]
    `);
  });

  it('has the moments of a standard normal distribution', () => {
    const n = 400_000;
    const moments = [0, 0, 0, 0];
    for (const value of normalNoise(7, 0, n)) {
      for (let power = 1; power <= 4; power++) moments[power - 1]! += value ** power / n;
    }
    // Four standard errors of each moment: sqrt(1, 2, 15, 96) / sqrt(n).
    for (const [i, [expected, variance]] of [
      [0, 1],
      [1, 2],
      [0, 15],
      [3, 96],
    ].entries()) {
      expect(Math.abs(moments[i]! - expected!)).toBeLessThan(4 * Math.sqrt(variance! / n));
    }
  });

  it('fills every tenth of the distribution evenly', () => {
    const n = 100_000;
    const bounds = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].map(inverseNormal);
    const counts = new Array<number>(10).fill(0);
    for (const value of normalNoise(8, 0, n)) counts[bounds.filter((bound) => value >= bound).length]! += 1;
    for (const count of counts) expect(Math.abs(count - n / 10)).toBeLessThan(4 * Math.sqrt(n * 0.09));
  });

  it('of neighbouring seeds and streams is uncorrelated', () => {
    const n = 100_000;
    const correlation = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0) / n;
    const base = normalNoise(1, 0, n);
    for (const other of [
      normalNoise(2, 0, n),
      normalNoise(1, 1, n),
      normalNoise(2 ** 32 + 1, 0, n),
      normalNoise(1, 2 ** 32, n),
    ]) {
      expect(Math.abs(correlation(base, other))).toBeLessThan(4 / Math.sqrt(n));
    }
    expect(Math.abs(correlation(base.subarray(0, n - 1), base.subarray(1)))).toBeLessThan(4 / Math.sqrt(n));
  });

  it('is the same in pieces as in one', () => {
    const whole = normalNoise(3, 5, 103);
    for (const offset of [0, 1, 4, 7, 50]) {
      for (const count of [0, 1, 3, 4, 53]) {
        expect(normalNoise(3, 5, count, offset)).toEqual(whole.slice(offset, offset + count));
      }
    }
  });

  it.each([-1, 0.5, NaN, Infinity, 2 ** 53])('refuses the seed %d', (seed) => {
    expect(() => normalNoise(seed, 0, 1)).toThrow(expect.objectContaining({ code: 'bad-request' }) as Error);
  });
});
