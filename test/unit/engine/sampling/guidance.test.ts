/** Guidance by embedding, against float64 values of numpy, and by two runs of the model. */
import { describe, expect, it } from 'vitest';
import { guidanceEmbedding } from '../../../../src/engine/networks/embeddings';
import { classifierFreeGuidance } from '../../../../src/engine/sampling/denoiser';

describe('guidanceEmbedding', () => {
  it('is the sines, then the cosines of 1000 w', () => {
    const expected = [-0.8512359, 0.5626783, -0.4352329, 0.6816388, -0.5247832, -0.826676, -0.9003179, 0.7316889];
    expect(guidanceEmbedding(7.5, 8)).toBeAllclose(expected, 1e-6);
  });

  it('ends with a zero when the width is odd', () => {
    const expected = [0.9092974, 0.0199987, 0.0002, -0.4161468, 0.9998, 1, 0];
    expect(guidanceEmbedding(0.002, 7)).toBeAllclose(expected, 1e-6);
  });

  it('takes w = 0 (no guidance) and w = −1', () => {
    expect([...guidanceEmbedding(0, 4)]).toEqual([0, 0, 1, 1]);
    expect([...guidanceEmbedding(-1, 4)].every(Number.isFinite)).toBe(true);
  });
});

describe('classifierFreeGuidance', () => {
  const conditional = Float32Array.from([1, -2, 0.5]);
  const unconditional = Float32Array.from([0, -1, 0.5]);

  it('is the conditional prediction at scale 1 and the unconditional one at 0', () => {
    expect(classifierFreeGuidance(conditional, unconditional, 1)).toEqual(conditional);
    expect(classifierFreeGuidance(conditional, unconditional, 0)).toEqual(unconditional);
  });

  it('goes on in the direction from unconditional to conditional', () => {
    expect([...classifierFreeGuidance(conditional, unconditional, 3)]).toEqual([3, -4, 0.5]);
  });
});
