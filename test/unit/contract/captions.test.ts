/** captions.jsonl: one reader for the scan that follows it and for the page that adds to it. */
import { describe, expect, it } from 'vitest';
import { captionsLines, withCaptions } from '../../../src/contract/captions';

describe('captions.jsonl', () => {
  it('is read line by line; what cannot be used says why', () => {
    const lines = captionsLines(
      '{"id":"a.svg","caption":"an apple"}\r\n\n{"id":5}\nhello\n{"id":"b.svg","exclude":true}',
    );
    expect(lines.map(({ number, says }) => [number, says])).toEqual([
      [1, { id: 'a.svg', caption: 'an apple' }],
      [3, { problem: expect.stringMatching(/^id: /) as string }],
      [4, { problem: 'it is not JSON' }],
      [5, { id: 'b.svg', exclude: true }],
    ]);
  });

  it('keeps every other line as it stands when captions change', () => {
    const text = '{ "id": "a.svg", "caption": "an apple" }\nhello\n{"id":"b.svg","by":"me"}\n';
    const changed = withCaptions(text, [{ id: 'a.svg', exclude: true }]);
    expect(changed).toBe('hello\n{"id":"b.svg","by":"me"}\n{"id":"a.svg","exclude":true}\n');
    expect(withCaptions('', [{ id: 'c.svg', caption: 'a cat' }])).toBe('{"id":"c.svg","caption":"a cat"}\n');
  });
});
