import { describe, expect, it } from 'vitest';
import { timestepSinusoid } from '../../../../src/engine/networks/embeddings';

const sd = { flipSinToCos: true, freqShift: 0 };

describe('timestepSinusoid', () => {
  it('has cosines first when flipped, with frequencies from 1 towards 1/10000', () => {
    const t = 499;
    const expected = [Math.cos(t), Math.cos(t / 100)];
    const embedding = timestepSinusoid([t], 4, sd);
    expect([...embedding.subarray(0, 2)]).toEqual(expected.map(Math.fround));
    expect([...embedding.subarray(2)]).toEqual([Math.sin(t), Math.sin(t / 100)].map(Math.fround));
  });

  it('has sines first when not flipped', () => {
    const flipped = timestepSinusoid([37], 6, sd);
    const plain = timestepSinusoid([37], 6, { ...sd, flipSinToCos: false });
    expect([...plain]).toEqual([...flipped.subarray(3), ...flipped.subarray(0, 3)]);
  });

  it('reaches 1/10000 exactly with freq_shift 1', () => {
    const [, cosine] = timestepSinusoid([5000], 4, { flipSinToCos: true, freqShift: 1 });
    expect(cosine).toBeCloseTo(Math.cos(0.5), 7);
  });

  it('ends in zero for an odd width', () => {
    const embedding = timestepSinusoid([100, 200], 5, sd);
    expect([embedding[4], embedding[9]]).toEqual([0, 0]);
    expect([...embedding.subarray(0, 4)]).toEqual([...timestepSinusoid([100], 4, sd)]);
  });

  it('is one row per timestep, each as if computed alone', () => {
    const rows = timestepSinusoid([1, 999], 8, sd);
    expect([...rows.subarray(8)]).toEqual([...timestepSinusoid([999], 8, sd)]);
  });
});
