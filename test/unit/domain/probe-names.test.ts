import { describe, expect, it } from 'vitest';
import { probeNames } from '../../../src/domain/probe-names';

const icon = (caption: string, heldOut = false) => ({ caption, heldOut });

describe('probeNames', () => {
  it('takes held-out icons first, then everyday names, eight in all', () => {
    const names = probeNames([icon('arrow left'), icon('bell', true), icon('gear', true)]);
    expect(names.slice(0, 2)).toEqual(['bell', 'gear']);
    expect(names).toHaveLength(8);
    expect(names).toContain('rocket');
  });

  it('draws nothing that is in the training set, however it is written', () => {
    expect(probeNames([icon(' Rocket '), icon('UMBRELLA'), icon('rocket', true)])).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/rocket|umbrella/i)]),
    );
  });

  it('takes no more than four of the set, none twice, none without a name', () => {
    const heldOut = ['a', 'b', 'b', '', 'c', 'd', 'e'].map((caption) => icon(caption, true));
    const names = probeNames(heldOut);
    expect(names.slice(0, 5)).toEqual(['a', 'b', 'c', 'd', 'rocket']);
    expect(new Set(names).size).toBe(names.length);
  });
});
