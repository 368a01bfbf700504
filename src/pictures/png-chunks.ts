/** PNG chunks (W3C PNG, third edition, section 5): just enough to add and read text. */
import { isUtf8 } from 'node:buffer';
import { crc32, inflateSync } from 'node:zlib';
import { UserError } from '../domain/errors';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** A text longer than this is not a recipe; it also bounds what a compressed chunk may expand to. */
export const MAX_TEXT_BYTES = 4 * 2 ** 20;

const TEXT_TYPES = new Set(['tEXt', 'zTXt', 'iTXt']);
const MAX_KEYWORD = 79;

export interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

export function isPng(file: Uint8Array): boolean {
  return SIGNATURE.equals(file.subarray(0, 8));
}

/** The chunks up to IEND, one by one. Throws `bad-image` on a broken length or checksum. */
export function* readChunks(file: Buffer, origin: string): Generator<Chunk> {
  for (let offset = SIGNATURE.length; offset < file.length;) {
    if (offset + 12 > file.length) throw broken(origin, `is cut off at byte ${offset}`);
    const length = file.readUInt32BE(offset);
    const end = offset + 12 + length;
    const type = file.toString('latin1', offset + 4, offset + 8);
    if (end > file.length)
      throw broken(origin, `has a chunk "${type}" of ${length} bytes at byte ${offset}, beyond its end`);
    if (crc32(file.subarray(offset + 4, end - 4)) !== file.readUInt32BE(end - 4)) {
      throw broken(origin, `has a wrong checksum in chunk "${type}" at byte ${offset}`);
    }
    yield { type, data: file.subarray(offset + 8, end - 4) };
    if (type === 'IEND') return;
    offset = end;
  }
  throw broken(origin, 'has no end chunk');
}

/** The file with `added` right behind IHDR, where readers find it without reading the picture. */
export function insertChunks(file: Buffer, added: readonly Chunk[]): Buffer {
  const headerEnd = SIGNATURE.length + 12 + file.readUInt32BE(SIGNATURE.length);
  return Buffer.concat([file.subarray(0, headerEnd), ...added.map(encodeChunk), file.subarray(headerEnd)]);
}

function encodeChunk({ type, data }: Chunk): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** A text chunk: tEXt where Latin-1 can hold the text (every reader knows it), iTXt (UTF-8) otherwise. */
export function textChunk(keyword: string, text: string): Chunk {
  const wellFormed = text.toWellFormed().replaceAll('\0', ' ');
  const latin = Buffer.from(wellFormed, 'latin1');
  // Latin-1 that happens to be UTF-8 would be read as such.
  if (/^[\n\u0020-\u007E\u00A1-\u00FF]*$/.test(wellFormed) && plainText(latin) === wellFormed) {
    return { type: 'tEXt', data: Buffer.concat([Buffer.from(`${keyword}\0`, 'latin1'), latin]) };
  }
  return internationalTextChunk(keyword, wellFormed);
}

/** keyword, 0, no compression (0, 0), no language tag, no translated keyword, UTF-8 text. */
export function internationalTextChunk(keyword: string, text: string): Chunk {
  return {
    type: 'iTXt',
    data: Buffer.concat([Buffer.from(`${keyword}\0\0\0\0\0`, 'latin1'), Buffer.from(text.toWellFormed(), 'utf8')]),
  };
}

/** The keyword of a text chunk; undefined for other chunks and broken keywords. */
export function textKeyword({ type, data }: Chunk): string | undefined {
  const end = data.indexOf(0);
  return TEXT_TYPES.has(type) && end >= 1 && end <= MAX_KEYWORD ? data.toString('latin1', 0, end) : undefined;
}

/** The text of a text chunk; undefined when it is broken or too long. */
export function readText({ type, data }: Chunk): string | undefined {
  if (data.length > MAX_TEXT_BYTES) return undefined;
  const body = data.subarray(data.indexOf(0) + 1);
  if (type === 'iTXt') return international(body);
  return type === 'zTXt' ? inflated(body.subarray(1), plainText) : plainText(body);
}

function international(body: Buffer): string | undefined {
  const languageEnd = body.indexOf(0, 2);
  const translatedEnd = languageEnd < 0 ? -1 : body.indexOf(0, languageEnd + 1);
  if (translatedEnd < 0) return undefined;
  const text = body.subarray(translatedEnd + 1);
  return body[0] === 1 ? inflated(text, utf8) : utf8(text);
}

function utf8(bytes: Buffer): string {
  return bytes.toString('utf8');
}

/** Latin-1, says the standard; many programs write UTF-8, which Latin-1 text hardly ever is. */
function plainText(bytes: Buffer): string {
  return isUtf8(bytes) ? utf8(bytes) : bytes.toString('latin1');
}

function inflated(data: Buffer, decode: (bytes: Buffer) => string): string | undefined {
  try {
    return decode(inflateSync(data, { maxOutputLength: MAX_TEXT_BYTES }));
  } catch {
    return undefined;
  }
}

function broken(origin: string, what: string): UserError {
  return new UserError('bad-image', `${origin} is a damaged PNG: it ${what}.`);
}
