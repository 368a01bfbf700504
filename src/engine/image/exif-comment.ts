/** The UserComment of an EXIF block, where AUTOMATIC1111 and others keep their parameters in JPEG and WebP. */

/** EXIF 2.32, section 4.6.5: an 8-byte character code, then the text. */
const UNICODE = Buffer.from('UNICODE\0', 'latin1');
const ASCII = Buffer.from('ASCII\0\0\0', 'latin1');
const USER_COMMENT = 0x9286;
const EXIF_POINTER = 0x8769;

/** The comment's text; undefined when there is none or the block is damaged. */
export function userComment(exif: Buffer | undefined): string | undefined {
  if (exif === undefined) return undefined;
  try {
    const raw = findComment(exif.subarray(exif.toString('latin1', 0, 4) === 'Exif' ? 6 : 0));
    return raw === undefined ? undefined : decode(raw.value, raw.littleEndian);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** TIFF structure: byte order, offset of the first directory; the EXIF directory hangs below it. Reading past the end is a RangeError. */
function findComment(tiff: Buffer): { value: Buffer; littleEndian: boolean } | undefined {
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
  const pointer = entry(u32(4), EXIF_POINTER);
  const comment = pointer === undefined ? undefined : entry(u32(pointer + 8), USER_COMMENT);
  if (comment === undefined) return undefined;
  const start = u32(comment + 8);
  return { value: tiff.subarray(start, start + u32(comment + 4)), littleEndian };
}

function decode(value: Buffer, littleEndian: boolean): string | undefined {
  const text = value.subarray(8);
  if (value.subarray(0, 8).equals(ASCII)) return text.toString('utf8').replace(/\0+$/, '');
  if (!value.subarray(0, 8).equals(UNICODE)) return undefined;
  const even = text.subarray(0, text.length - (text.length % 2));
  return Buffer.from(littleEndian ? even : Buffer.from(even).swap16()).toString('utf16le');
}
