/** Numeric matchers for vitest. */
import { expect } from 'vitest';

expect.extend({
  /** Largest absolute difference of two equally long arrays is at most `tolerance` (NaN never is). */
  toBeAllclose(received: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) {
    let worst = received.length === expected.length ? 0 : Infinity;
    let at = -1;
    for (let i = 0; i < expected.length; i++) {
      const difference = Math.abs(Number(received[i]) - Number(expected[i]));
      if (!(difference <= worst)) {
        worst = difference;
        at = i;
      }
      if (Number.isNaN(difference)) break;
    }
    return {
      pass: worst <= tolerance,
      message: () =>
        received.length === expected.length
          ? `max |difference| ${worst} at ${at} (got ${String(received[at])}, expected ${String(expected[at])}), tolerance ${tolerance}`
          : `lengths differ: got ${received.length}, expected ${expected.length}`,
    };
  },
});

declare module 'vitest' {
  interface Matchers<T> {
    toBeAllclose: (expected: ArrayLike<number>, tolerance: number) => T;
  }
}
