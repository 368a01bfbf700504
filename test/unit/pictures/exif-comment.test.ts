import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillUserComment, userComment, userCommentToWrite } from '../../../src/pictures/exif-comment';

const TEXT = 'fusée 🚀\nSteps: 4, Seed: 1';

/** An EXIF block with one UserComment: IFD0 with the pointer at 8, the EXIF directory at 26, the value at 44. */
function exif(order: 'II' | 'MM', value: Buffer): Buffer {
  const tiff = Buffer.alloc(44);
  const u16 = (number: number, at: number) =>
    order === 'II' ? tiff.writeUInt16LE(number, at) : tiff.writeUInt16BE(number, at);
  const u32 = (number: number, at: number) =>
    order === 'II' ? tiff.writeUInt32LE(number, at) : tiff.writeUInt32BE(number, at);
  const directory = (at: number, [tag, type, count, content]: readonly [number, number, number, number]) => {
    u16(1, at);
    u16(tag, at + 2);
    u16(type, at + 4);
    u32(count, at + 6);
    u32(content, at + 10);
  };
  tiff.write(order, 'latin1');
  u16(42, 2);
  u32(8, 4);
  directory(8, [0x8769, 4, 1, 26]);
  directory(26, [0x9286, 7, value.length, 44]);
  if (value.length <= 4) value.copy(tiff, 36);
  return Buffer.concat([Buffer.from('Exif\0\0'), tiff, value]);
}

const unicode = (text: Buffer) => Buffer.concat([Buffer.from('UNICODE\0'), text]);

describe('the EXIF user comment', () => {
  it.each(['II', 'MM'] as const)('in UTF-16 of either byte order in a block of %s', (order) => {
    const little = Buffer.from(TEXT, 'utf16le');
    expect(userComment(exif(order, unicode(little)))).toBe(TEXT);
    expect(userComment(exif(order, unicode(Buffer.from(little).swap16())))).toBe(TEXT);
  });

  it('in ASCII, without the zeros that pad it', () => {
    expect(userComment(exif('MM', Buffer.from('ASCII\0\0\0Steps: 4\0\0')))).toBe('Steps: 4');
  });

  it('without the "Exif" mark, as WebP and AVIF may have it', () => {
    expect(userComment(exif('MM', Buffer.from('ASCII\0\0\0Steps: 4')).subarray(6))).toBe('Steps: 4');
  });

  it.each([
    ['without a code', Buffer.from('{"prompt": "a fox"}'), '{"prompt": "a fox"}'],
    ['with an undefined code', Buffer.from('\0\0\0\0\0\0\0\0a füchsin'), 'a füchsin'],
    ['in JIS', Buffer.from('JIS\0\0\0\0\0a fox\0'), 'a fox'],
    ['in UTF-8 that calls itself Unicode', unicode(Buffer.from('a red テスト fox')), 'a red テスト fox'],
    ['of a few bytes', Buffer.from('fox'), 'fox'],
  ])('%s', (_what, value, text) => {
    expect(userComment(exif('II', value))).toBe(text);
  });

  it.each([
    ['II', Buffer.from('红狐', 'utf16le')],
    ['MM', Buffer.from('红狐', 'utf16le').swap16()],
  ] as const)('too short to tell its byte order has that of the block: %s', (order, value) => {
    expect(userComment(exif(order, unicode(value)))).toBe('红狐');
  });

  it('in the first directory, where some writers put it', () => {
    const tiff = exif('II', Buffer.from('ASCII\0\0\0a fox'));
    tiff.writeUInt16LE(0x9286, 6 + 10);
    tiff.writeUInt32LE(13, 6 + 14);
    tiff.writeUInt32LE(44, 6 + 18);
    expect(userComment(tiff)).toBe('a fox');
  });

  it('absent, in another code, or cut off', () => {
    expect(userComment(undefined)).toBeUndefined();
    expect(userComment(Buffer.from('Exif\0\0'))).toBeUndefined();
    expect(userComment(exif('II', unicode(Buffer.from(TEXT, 'utf16le'))).subarray(0, 40))).toBeUndefined();
  });

  it('random bytes give a text or nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom('II', 'MM'), fc.uint8Array({ maxLength: 120 }), (order, bytes) => {
        const block = Buffer.concat([Buffer.from(`Exif\0\0${order}`), bytes]);
        expect(['string', 'undefined']).toContain(typeof userComment(block));
      }),
      { numRuns: 2000 },
    );
  });

  it('is written over a placeholder of the same length', () => {
    const comment = userCommentToWrite(TEXT)!;
    const file = Buffer.from(`head ASCII\0\0\0${comment.placeholder} tail`, 'latin1');
    const filled = fillUserComment(Buffer.from(file), comment);
    expect(filled).toHaveLength(file.length);
    expect(filled).toEqual(
      Buffer.concat([Buffer.from('head '), unicode(Buffer.from(TEXT, 'utf16le').swap16()), Buffer.from(' tail')]),
    );
  });

  it('is left out when EXIF could not hold it', () => {
    expect(userCommentToWrite('x'.repeat(32_000))).toBeDefined();
    expect(userCommentToWrite('x'.repeat(32_001))).toBeUndefined();
  });
});
