import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/domain/errors';
import {
  insertChunks,
  internationalTextChunk,
  isPng,
  readChunks,
  readText,
  textChunk,
  textKeyword,
} from '../../../src/pictures/png-chunks';
import { SIGNATURE, tinyPng } from './png-bytes';

const types = (file: Buffer) => [...readChunks(file, 'x.png')].map(({ type }) => type);

describe('PNG chunks', () => {
  it('are listed in order', () => {
    expect(types(tinyPng())).toEqual(['IHDR', 'IDAT', 'IEND']);
  });

  it('are added behind the header; all others stay as they were', () => {
    const file = insertChunks(tinyPng(), [textChunk('a', '1'), internationalTextChunk('b', '2')]);
    expect(types(file)).toEqual(['IHDR', 'tEXt', 'iTXt', 'IDAT', 'IEND']);
    const [header, , , ...rest] = readChunks(file, 'x.png');
    expect([header, ...rest]).toEqual([...readChunks(tinyPng(), 'x.png')]);
  });

  it('behind the end are not looked at', () => {
    expect(types(Buffer.concat([tinyPng(), Buffer.from('a zip archive, say')]))).toEqual(['IHDR', 'IDAT', 'IEND']);
  });

  it('any text comes back through a file, in Latin-1 or UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const kept = text.toWellFormed().replaceAll('\0', ' ');
        const file = insertChunks(tinyPng(), [textChunk('parameters', text)]);
        const [, chunk] = readChunks(file, 'x.png');
        expect(textKeyword(chunk!)).toBe('parameters');
        expect(readText(chunk!)).toBe(kept);
        expect(chunk!.type === 'tEXt').toBe(/^[\n\u0020-\u007E\u00A1-\u00FF]*$/.test(kept));
      }),
      { numRuns: 500 },
    );
  });

  it('random bytes are chunks or a clear error, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          types(Buffer.concat([SIGNATURE, bytes]));
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('random bytes in a text chunk are a text, or none', () => {
    const kind = fc.constantFrom('tEXt', 'zTXt', 'iTXt');
    fc.assert(
      fc.property(kind, fc.uint8Array({ maxLength: 100 }), (type, bytes) => {
        const chunk = { type, data: Buffer.from(bytes) };
        if (textKeyword(chunk) !== undefined) expect(['string', 'undefined']).toContain(typeof readText(chunk));
      }),
      { numRuns: 2000 },
    );
  });

  it('a PNG is known by its first eight bytes', () => {
    expect(isPng(tinyPng())).toBe(true);
    expect(isPng(SIGNATURE.subarray(0, 7))).toBe(false);
    expect(isPng(Buffer.from('\x89PNG\n\x1a\n\0', 'latin1'))).toBe(false);
  });
});
