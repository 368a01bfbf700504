import { describe, expect, it } from 'vitest';
import { decodeText, decodeXml } from '../../../src/domain/text-bytes';

const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

describe('a text file', () => {
  it.each([
    ['UTF-8', Buffer.from('rote Äpfel')],
    ['UTF-8 with a mark', Buffer.from('\uFEFFrote Äpfel')],
    ['UTF-16 as Windows writes it', Buffer.from('\uFEFFrote Äpfel', 'utf16le')],
    ['UTF-16 the other way round', utf16be('\uFEFFrote Äpfel')],
    ['UTF-16 without a mark', Buffer.from('rote Äpfel', 'utf16le')],
  ])('may be %s', (_what, bytes) => {
    expect(decodeText(bytes)).toBe('rote Äpfel');
  });
});

describe('an XML file', () => {
  const xml = (encoding: string): string => `<?xml version="1.0" encoding="${encoding}"?><svg id="grün"/>`;

  it.each([
    ['says Latin-1', Buffer.from(xml('ISO-8859-1'), 'latin1')],
    ['says UTF-16 with a mark', Buffer.from(`\uFEFF${xml('utf-16')}`, 'utf16le')],
    ['says UTF-16 without a mark', utf16be(xml('UTF-16'))],
    ['says UTF-16 and is UTF-8', Buffer.from(xml('UTF-16'))],
    ['says an encoding that nobody knows', Buffer.from(xml('x-nothing'))],
    ['says nothing and is Latin-1', Buffer.from('<svg id="grün"/>', 'latin1')],
  ])('that %s is read', (_what, bytes) => {
    expect(decodeXml(bytes)).toContain('<svg id="grün"/>');
  });
});
