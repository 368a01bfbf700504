import { describe, expect, it } from 'vitest';
import { heldOutIds } from '../../../src/icons/hold-out';

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `icon-${index}.svg`);

describe('the icons held out for the gauge', () => {
  it.each([
    [0, 0],
    [7, 0],
    [8, 1],
    [14, 1],
    [100, 10],
    [5000, 500],
  ])('of %i icons are %i', (count, held) => {
    expect(heldOutIds(ids(count)).size).toBe(held);
  });

  it('do not depend on the order, and stay mostly the same when the set grows', () => {
    const some = heldOutIds(ids(100));
    expect(heldOutIds(ids(100).reverse())).toEqual(some);
    const more = heldOutIds(ids(110));
    expect([...some].filter((id) => more.has(id)).length).toBeGreaterThan(7);
  });

  it('keep icons of one thing together, so that none of them tells about another', () => {
    const pairs = Array.from({ length: 40 }, (_, index) => [`thing-${index} filled`, `thing-${index} outline`]).flat();
    const held = heldOutIds(pairs, (id) => id.split(' ')[0] ?? id);
    expect(held.size).toBe(8);
    expect(new Set([...held].map((id) => id.split(' ')[0])).size).toBe(4);
    expect(heldOutIds(ids(20), () => 'one name').size).toBe(2);
  });
});
