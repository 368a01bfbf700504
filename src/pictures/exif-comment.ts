/** The UserComment of an EXIF block, where AUTOMATIC1111 and others keep their parameters in JPEG, WebP and AVIF. */

/** EXIF 2.32, section 4.6.5: an 8-byte character code, then the text. */
const UNICODE = Buffer.from('UNICODE\0', 'latin1');
const ASCII = Buffer.from('ASCII\0\0\0', 'latin1');
const USER_COMMENT = 0x9286;
const EXIF_POINTER = 0x8769;
/** EXIF has to fit into one 64 KB segment, with a few hundred bytes of other tags. */
const MAX_COMMENT_BYTES = 64_000;

export interface CommentToWrite {
  /** Plain ASCII as long as the real bytes, for libvips, which turns other characters into question marks. */
  readonly placeholder: string;
  readonly bytes: Buffer;
}

/** The comment in the form of the web UI: UTF-16, big-endian. Undefined when it is too long for EXIF. */
export function userCommentToWrite(text: string): CommentToWrite | undefined {
  const bytes = Buffer.from(text, 'utf16le').swap16();
  return bytes.length > MAX_COMMENT_BYTES
    ? undefined
    : { placeholder: 'Fourstep.'.padEnd(bytes.length, '.').slice(0, bytes.length), bytes };
}

/** Puts the real comment where libvips wrote the placeholder; no length changes, so the file stays whole. */
export function fillUserComment(file: Buffer, { placeholder, bytes }: CommentToWrite): Buffer {
  const at = file.indexOf(Buffer.concat([ASCII, Buffer.from(placeholder, 'latin1')]));
  if (at < 0) throw new Error('libvips wrote no EXIF UserComment.');
  UNICODE.copy(file, at);
  bytes.copy(file, at + UNICODE.length);
  return file;
}

/** The comment's text; undefined when there is none or the block is damaged. */
export function userComment(exif: Buffer | undefined): string | undefined {
  if (exif === undefined) return undefined;
  try {
    const found = findComment(exif.subarray(exif.toString('latin1', 0, 4) === 'Exif' ? 6 : 0));
    return found === undefined ? undefined : decode(found);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

interface FoundComment {
  readonly value: Buffer;
  readonly littleEndian: boolean;
}

/**
 * TIFF structure: byte order, offset of the first directory; the EXIF directory hangs below it. Some writers put the comment into
 * the first one. Reading past the end is a RangeError.
 */
function findComment(tiff: Buffer): FoundComment | undefined {
  const littleEndian = tiff.toString('latin1', 0, 2) === 'II';
  const u16 = (at: number): number => (littleEndian ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const u32 = (at: number): number => (littleEndian ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  const entry = (directory: number, tag: number): number | undefined => {
    const entries = u16(directory);
    for (let i = 0; i < entries; i++) {
      const at = directory + 2 + 12 * i;
      if (u16(at) === tag) return at;
    }
    return undefined;
  };
  const first = u32(4);
  const pointer = entry(first, EXIF_POINTER);
  const comment =
    (pointer === undefined ? undefined : entry(u32(pointer + 8), USER_COMMENT)) ?? entry(first, USER_COMMENT);
  if (comment === undefined) return undefined;
  const length = u32(comment + 4);
  // What takes four bytes at most stands in the entry itself.
  const start = length <= 4 ? comment + 8 : u32(comment + 8);
  return { value: tiff.subarray(start, start + length), littleEndian };
}

const CODE_LENGTH = 8;
const JIS = Buffer.from('JIS\0\0\0\0\0', 'latin1');
const UNDEFINED = Buffer.alloc(CODE_LENGTH);

/** By the character code in front; some writers leave it out. */
function decode({ value, littleEndian }: FoundComment): string | undefined {
  const [code, text] = [value.subarray(0, CODE_LENGTH), value.subarray(CODE_LENGTH)];
  if (code.equals(UNICODE)) return utf8Text(text, isMostlyAscii) ?? decodeUtf16(text, littleEndian);
  if (code.equals(ASCII) || code.equals(UNDEFINED)) return utf8Text(text) ?? withoutZeros(text.toString('latin1'));
  if (code.equals(JIS)) return withoutZeros(new TextDecoder('iso-2022-jp').decode(text));
  return utf8Text(value);
}

function withoutZeros(text: string): string {
  return text.replace(/(?<!\0)\0+$/, '');
}

/** Undefined for what is no UTF-8, holds other characters than a text's, or is empty. */
function utf8Text(bytes: Buffer, accepts: (text: string) => boolean = () => true): string | undefined {
  try {
    const text = withoutZeros(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return text !== '' && !text.includes('\0') && accepts(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** UTF-16 that happens to be UTF-8 as well is hardly ever so. */
function isMostlyAscii(text: string): boolean {
  return 2 * (text.match(/[\n\r\t\u0020-\u007e]/g) ?? []).length >= text.length;
}

/** Writers disagree on the byte order, whatever the block's is; the high bytes of a text are the ones that vary less. */
function decodeUtf16(text: Buffer, littleEndian: boolean): string {
  const even = Buffer.from(text.subarray(0, text.length - (text.length % 2)));
  const distinct = (first: number): number => new Set(even.filter((_, i) => i % 2 === first)).size;
  const isBig = distinct(0) === distinct(1) ? !littleEndian : distinct(0) < distinct(1);
  return (isBig ? even.swap16() : even).toString('utf16le').replace(/^\uFEFF/, '');
}
