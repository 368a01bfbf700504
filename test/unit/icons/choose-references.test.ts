import { describe, expect, it } from 'vitest';
import { REFERENCE_COUNT } from '../../../src/domain/limits';
import { chooseReferences, type Candidate } from '../../../src/icons/choose-references';

const SIDE = 16;

/** A bar of one colour from row `top` on, `rows` high. */
function icon(
  id: string,
  [top, rows]: readonly [number, number],
  options: { group?: string; colours?: number } = {},
): Candidate {
  const { group = 'outline', colours = 1 } = options;
  const data = new Uint8Array(SIDE * SIDE * 4);
  for (let y = top; y < top + rows; y++) {
    for (let x = 0; x < SIDE; x++) data.set([x % colours === 0 ? 0 : 220, 0, 0, 255], 4 * (SIDE * y + x));
  }
  return { id, group, image: { width: SIDE, height: SIDE, channels: 4, data } };
}

const idsOf = (icons: readonly Candidate[]): string[] => icons.map(({ id }) => id);

describe('references of a set', () => {
  it('are all of a small set', () => {
    const few = [icon('a', [0, 2]), icon('b', [4, 2])];
    expect(idsOf(chooseReferences(few)).sort()).toEqual(['a', 'b']);
  });

  it('are no more than a model reads, each once', () => {
    const many = Array.from({ length: 60 }, (_, i) => icon(`i${i}`, [i % 14, 1 + (i % 2)]));
    const chosen = idsOf(chooseReferences(many));
    expect(chosen).toHaveLength(REFERENCE_COUNT.most);
    expect(new Set(chosen).size).toBe(REFERENCE_COUNT.most);
  });

  it('differ from each other: ten nearly equal icons give way to one of another shape', () => {
    const same = Array.from({ length: 10 }, (_, i) => icon(`same${i}`, [0, 4]));
    expect(idsOf(chooseReferences([...same, icon('other', [10, 5])], 2))).toContain('other');
  });

  it('are of one style, the largest group', () => {
    const outline = [icon('a', [0, 2]), icon('b', [3, 2]), icon('c', [6, 2])];
    const solid = [icon('x', [0, 9], { group: 'solid' }), icon('y', [3, 9], { group: 'solid' })];
    expect(idsOf(chooseReferences([...solid, ...outline])).sort()).toEqual(['a', 'b', 'c']);
  });

  it('are of one ink where most icons are, and coloured where most are', () => {
    const one = [icon('a', [0, 2]), icon('b', [3, 2])];
    const coloured = ['x', 'y', 'z'].map((id, i) => icon(id, [i * 4, 3], { colours: 2 }));
    expect(idsOf(chooseReferences([...one, coloured[0]!])).sort()).toEqual(['a', 'b']);
    expect(idsOf(chooseReferences([one[0]!, ...coloured])).sort()).toEqual(['x', 'y', 'z']);
  });

  it('are the same for the same set', () => {
    const many = Array.from({ length: 30 }, (_, i) => icon(`i${i}`, [i % 12, 1 + (i % 4)]));
    expect(idsOf(chooseReferences(many))).toEqual(idsOf(chooseReferences(many)));
  });

  it('are none of none', () => {
    expect(chooseReferences([])).toEqual([]);
  });
});
