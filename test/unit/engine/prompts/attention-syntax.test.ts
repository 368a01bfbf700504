import { describe, expect, it } from 'vitest';
import { parsePrompt } from '../../../../src/engine/prompts/attention-syntax';
import { golden2 } from '../../../support/golden';

/** As the golden set writes pieces. */
const pieces = (prompt: string) =>
  parsePrompt(prompt).map((piece) => (piece === 'break' ? ['BREAK', -1] : [piece.text, piece.weight]));

describe('weights in a prompt', () => {
  it.each([
    [
      'a (red:1.3) fox',
      [
        ['a ', 1],
        ['red', 1.3],
        [' fox', 1],
      ],
    ],
    [
      'a (red) fox',
      [
        ['a ', 1],
        ['red', 1.1],
        [' fox', 1],
      ],
    ],
    ['[red]', [['red', 1 / 1.1]]],
    ['(red: .5 )', [['red', 0.5]]],
    ['(red:-1)', [['red', -1]]],
    ['a \\(red\\)', [['a (red)', 1]]],
    ['(a \\) b:2)', [['a ) b', 2]]],
    ['a)b]c:1.2)', [['a)b]c:1.2)', 1]]],
    ['10:30', [['10:30', 1]]],
    ['(a:b:1.5)', [['a:b', 1.5]]],
    ['(open', [['open', 1.1]]],
    ['(a:1.2.3)', [['a:1.2.3', 1.1]]],
    ['', [['', 1]]],
    ['a\\', [['a', 1]]],
    [
      'one BREAK two',
      [
        ['one', 1],
        ['BREAK', -1],
        ['two', 1],
      ],
    ],
    [
      '(one BREAK two:2)',
      [
        ['one', 2],
        ['BREAK', -1],
        ['two', 2],
      ],
    ],
    ['BREAKFAST', [['BREAKFAST', 1]]],
  ])('%j', (prompt, expected) => {
    // prettier-ignore
    expect(pieces(prompt)).toEqual(expected);
  });

  it('are read in time that grows with the length', () => {
    for (const part of ['(', ')', '((a:1.1)', ':', '\\', '[a', ':1', 'BREAK ', ': 1 ', '(a)', 'a) (b']) {
      const began = performance.now();
      parsePrompt(part.repeat(100_000));
      expect(performance.now() - began, part).toBeLessThan(20_000);
    }
  });
});

describe.skipIf(!golden2.isPresent)('golden set 2, text2 (FOURSTEP_GOLDEN2)', () => {
  const { weighting = [] } = golden2.isPresent
    ? (golden2.json('text2/text2.json') as {
        weighting: { case: string; prompt: string; parsed: [string, number][] }[];
      })
    : {};

  it.each(weighting)('$case is taken apart as there', ({ prompt, parsed }) => {
    const found = pieces(prompt);
    expect(found.map(([text]) => text)).toEqual(parsed.map(([text]) => text));
    found.forEach(([, weight], index) => {
      expect(weight).toBeCloseTo(parsed[index]?.[1] ?? NaN, 12);
    });
  });
});
