/** Text from the bytes of a file that may come from any editor on any system. */

/** UTF-8, or UTF-16 with a byte order mark or where every second byte of an ordinary text is 0. The mark is no part of the text. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(unicodeOf(bytes) ?? 'utf-8').decode(bytes);
}

/** As {@link decodeText}, but in the encoding that an XML declaration names, or in that of Western Windows where it is no UTF-8. */
export function decodeXml(bytes: Uint8Array): string {
  const unicode = unicodeOf(bytes);
  if (unicode !== undefined) return new TextDecoder(unicode).decode(bytes);
  const start = new TextDecoder('windows-1252').decode(bytes.subarray(0, DECLARATION));
  const [, named = 'utf-8'] = /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/.exec(start) ?? [];
  for (const encoding of [/^utf-?16/i.test(named) ? 'utf-8' : named, 'utf-8']) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
      continue;
    }
  }
  return new TextDecoder('windows-1252').decode(bytes);
}

/** A declaration is the first thing in a file, and short. */
const DECLARATION = 200;

function unicodeOf(bytes: Uint8Array): string | undefined {
  const start = [...bytes.subarray(0, 4)];
  const mark = start.slice(0, 2).join(' ');
  if (mark === '255 254') return 'utf-16le';
  if (mark === '254 255') return 'utf-16be';
  const zeros = start.map((byte) => (byte === 0 ? '0' : 'x')).join('');
  if (zeros === 'x0x0') return 'utf-16le';
  return zeros === '0x0x' ? 'utf-16be' : undefined;
}

/** JSON with the byte order mark that some editors put in front. */
export function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
