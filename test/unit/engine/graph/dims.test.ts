import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  broadcast,
  ceilDiv,
  convolved,
  difference,
  evaluate,
  floorDiv,
  product,
  quotient,
  sum,
  symbolsOf,
} from '../../../../src/engine/graph/dims';
import type { Dim } from '../../../../src/engine/graph/graph';

describe('symbolic sizes', () => {
  it('have one spelling, however they were made', () => {
    expect(product('width', 'height')).toBe('height*width');
    expect(product('height', 'width')).toBe('height*width');
    expect(sum('height', 'height')).toBe('2*height');
    expect(difference(sum('height', 3), 3)).toBe('height');
    expect(product(sum('height', 1), 'width')).toBe('height*width+width');
    expect(difference('height', 'height')).toBe(0);
  });

  it('are halved with the rounding kept, and merged over several levels', () => {
    expect(ceilDiv('height', 2)).toBe('ceil(height/2)');
    expect(ceilDiv(ceilDiv('height', 2), 2)).toBe('ceil(height/4)');
    expect(floorDiv(product('height', 2), 2)).toBe('height');
    expect(floorDiv(product('height', 2), 4)).toBe('floor(height/2)');
    expect(product(ceilDiv('height', 2), 2)).toBe('2*ceil(height/2)');
  });

  it('divide only where that is exact', () => {
    expect(quotient('height*width', 'width')).toBe('height');
    expect(quotient(product('batch', 320), product('batch', 8))).toBe(40);
    expect(quotient('height', 2)).toBeUndefined();
    expect(quotient('height+1', 'height')).toBeUndefined();
  });

  it('give the output size of a convolution', () => {
    const window = { kernel: 3, stride: 2, dilation: 1, padding: 2 };
    expect(convolved('height', window)).toBe('ceil(height/2)');
    expect(convolved('height', { ...window, stride: 1 })).toBe('height');
    expect(convolved('height', { ...window, padding: 1 })).toBe('floor(height/2)');
    expect(convolved(7, window)).toBe(4);
  });

  it('broadcast only when they are known to fit', () => {
    expect(broadcast(['batch', 1, 4], [3, 1])).toEqual(['batch', 3, 4]);
    expect(broadcast(['height'], ['width'])).toBeUndefined();
    expect(broadcast(['height'], [2])).toBeUndefined();
  });

  it('know their symbols', () => {
    expect(symbolsOf('ceil(height/2)*width')).toEqual(['height', 'width']);
  });

  it('refuse a text that is no dimension', () => {
    for (const text of ['', 'height width', 'height/2', '2*', 'ceil(height/2', 'a)']) {
      expect(() => sum(text, 1)).toThrow(`'${text}' is not a dimension`);
    }
  });
});

/** A random expression with its value at given sizes. */
const expression = fc.letrec<{ tree: { dim: Dim; value: number } }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.integer({ min: 0, max: 9 }).map((value) => ({ dim: value, value })),
    fc.constantFrom({ dim: 'height', value: 37 }, { dim: 'width', value: 52 }, { dim: 'batch', value: 3 }),
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => ({ dim: sum(a.dim, b.dim), value: a.value + b.value })),
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => ({ dim: product(a.dim, b.dim), value: a.value * b.value })),
    fc
      .tuple(tie('tree'), fc.integer({ min: 1, max: 5 }))
      .map(([a, n]) => ({ dim: floorDiv(a.dim, n), value: Math.floor(a.value / n) })),
    fc
      .tuple(tie('tree'), fc.integer({ min: 1, max: 5 }))
      .map(([a, n]) => ({ dim: ceilDiv(a.dim, n), value: Math.ceil(a.value / n) })),
  ),
}));

describe('random expressions', () => {
  const sizes = new Map([
    ['height', 37],
    ['width', 52],
    ['batch', 3],
  ]);

  it('evaluate to what plain arithmetic gives', () => {
    fc.assert(
      fc.property(expression.tree, ({ dim, value }) => {
        fc.pre(Number.isSafeInteger(value));
        expect(evaluate(dim, sizes)).toBe(value);
      }),
    );
  });

  it('are spelled the same after another reading', () => {
    fc.assert(
      fc.property(expression.tree, ({ dim }) => {
        expect(sum(dim, 0)).toBe(dim);
      }),
    );
  });
});
