import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freeName, numberedNames, safeStem, slugOf } from '../../../src/domain/file-names';

const RTL_OVERRIDE = '\u202e';

describe('a slug from a prompt', () => {
  it.each([
    ['A red rocket, flat!', 'a-red-rocket-flat'],
    ['  spaces\tand\nlines  ', 'spaces-and-lines'],
    ['Café Zoë', 'cafe-zoe'],
    ['../../etc/passwd', 'etc-passwd'],
    ['C:\\Windows\\system32', 'c-windows-system32'],
    ['icon.v2.', 'icon-v2'],
    ['ракета', 'ракета'],
    ['صاروخ أحمر', 'صاروخ-أحمر'],
    ['हिन्दी', 'हिन्दी'],
    ['한국어 로켓', '한국어-로켓'],
    [`${RTL_OVERRIDE}gnp.exe`, 'gnp-exe'],
    ['🚀 rocket 🔥', 'rocket'],
    ['🚀🔥', 'image'],
    ['', 'image'],
    ['...', 'image'],
    ['\u0000\u0007', 'image'],
    ['con', 'image-con'],
    ['COM1', 'image-com1'],
    ['console', 'console'],
  ])('%j becomes %j', (prompt, slug) => {
    expect(slugOf(prompt)).toBe(slug);
  });

  it('is cut at the end of a word', () => {
    const slug = slugOf('a very detailed small paper plane icon with a long tail and a shadow below');
    expect(slug).toBe('a-very-detailed-small-paper-plane-icon-with-a-long-tail-and');
  });

  it('is safe for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const slug = slugOf(text);
        expect(slug).toMatch(/^[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}-]*$/u);
        expect(slug.length).toBeLessThanOrEqual(66);
        expect(Buffer.byteLength(slug)).toBeLessThanOrEqual(190);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a stem that somebody typed', () => {
  it.each([
    ['My Icon.v2', 'My Icon.v2'],
    ['../../outside', 'outside'],
    ['..\\..\\outside', 'outside'],
    ['/absolute/logo', 'logo'],
    ['folder/', 'image'],
    ['a:b*c?d', 'a-b-c-d'],
    ['.hidden', 'hidden'],
    ['name. . ', 'name'],
    [`lo${RTL_OVERRIDE}gnp`, 'lo-gnp'],
    ['NUL', 'image-NUL'],
    ['nul.tar', 'image-nul.tar'],
    ['lpt¹', 'image-lpt¹'],
    ['..', 'image'],
  ])('%j becomes %j', (typed, stem) => {
    expect(safeStem(typed)).toBe(stem);
  });

  it('can never leave its folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        const stem = safeStem(text);
        expect(stem).not.toMatch(/[/\\]|^\.|[. ]$/);
        expect(stem).not.toBe('');
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a free name', () => {
  it('is the plain one in an empty folder', () => {
    expect(freeName('rocket', 'png', [])).toBe('rocket.png');
  });

  it('gets the first free number', () => {
    expect(freeName('rocket', 'png', ['rocket.png', 'rocket-2.png', 'rocket-4.png'])).toBe('rocket-3.png');
  });

  it('differs in more than case, for file systems that do not tell case apart', () => {
    expect(freeName('rocket', 'png', ['Rocket.PNG'])).toBe('rocket-2.png');
  });

  it('differs in more than the Unicode form', () => {
    expect(freeName('é', 'png', ['e\u0301.png'])).toBe('é-2.png');
  });

  it('comes from an endless list', () => {
    const names = numberedNames('a', 'webp');
    expect([names.next().value, names.next().value, names.next().value]).toEqual(['a.webp', 'a-2.webp', 'a-3.webp']);
  });
});
