import { describe, expect, it } from 'vitest';
import { printable, printableJson, printableLines } from '../../../src/domain/printable';

/** One of each kind: escape and other C0, DEL, C1 with its one-byte CSI, bidi, zero-width, line separators, tags, fillers. */
const HOSTILE = [
  '\u001b',
  '\u0007',
  '\b',
  '\r',
  '\u007f',
  '\u009b',
  '\u0085',
  '\u202e',
  '\u2066',
  '\u2069',
  '\u200e',
  '\u061c',
  '\u200b',
  '\u200d',
  '\u2060',
  '\ufeff',
  '\u00ad',
  '\u2028',
  '\u2029',
  '\u{e0041}',
  '\u3164',
  '\ud800',
];
const codes = (text: string): string => text.codePointAt(0)!.toString(16);

describe('printable text', () => {
  it.each(HOSTILE.map((each) => [codes(each), each]))('has no U+%s', (_code, character) => {
    const text = `a${character}b`;
    expect(printable(text)).toBe('a b');
    expect(printableLines(text)).toBe('a b');
    const json = printableJson({ [text]: [text] });
    expect(json.replaceAll('\n', '')).not.toContain(character);
    expect(JSON.parse(json)).toEqual({ [text]: [text] });
  });

  it('is one line, or keeps its lines', () => {
    expect(printable('\n a\r\n\u202e\nb\t')).toBe('a b');
    expect(printableLines('a\r\nb\rc\nd')).toBe('a\nb c\nd');
  });

  it.each(['👩🏽‍💻 and 👨‍👩‍👧', '❤️ 1️⃣', 'می‌خواهم', 'näïve Ωmega 日本語 עברית', 'emoji 🏳️‍🌈'])(
    'leaves what belongs into it: %s',
    (text) => {
      expect(printable(text)).toBe(text);
      expect(printableLines(text)).toBe(text);
    },
  );

  it('is made in a moment, whatever the text is', () => {
    const started = performance.now();
    for (const piece of ['\u001b', '\u200d', '😀\u200d', '\r\n', ' \u202e']) {
      printable(piece.repeat(200_000));
      printableLines(piece.repeat(200_000));
    }
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
