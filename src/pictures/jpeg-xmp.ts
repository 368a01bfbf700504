/** Extended XMP in JPEG (XMP specification part 3, section 1.1.3.1): a packet of more than one 64 KB segment. */
import { createHash } from 'node:crypto';
import { MAX_TEXT_BYTES } from './png-chunks';

const SIGNATURE = Buffer.from('http://ns.adobe.com/xmp/extension/\0', 'latin1');
const GUID_LENGTH = 32;
/** Signature, GUID, full length, offset of this portion. */
const HEADER_LENGTH = SIGNATURE.length + GUID_LENGTH + 8;
/** What one segment holds, by the specification's advice. */
const MAX_PORTION = 65_400 - HEADER_LENGTH;
const START_OF_SCAN = 0xda;
const APP1 = 0xe1;

/** What the main packet names as xmpNote:HasExtendedXMP. */
export function extendedXmpGuid(extended: Buffer): string {
  return createHash('md5').update(extended).digest('hex').toUpperCase();
}

/** The JPEG with `extended` (UTF-8 XMP without packet wrapper) behind its other application segments. */
export function insertExtendedXmp(jpeg: Buffer, extended: Buffer): Buffer {
  const guid = extendedXmpGuid(extended);
  const portions: Buffer[] = [];
  for (let offset = 0; offset < extended.length; offset += MAX_PORTION) {
    portions.push(encodeSegment(guid, extended, offset));
  }
  let at = 2;
  for (const { marker, end } of segments(jpeg)) {
    if ((marker & 0xf0) !== 0xe0) break;
    at = end;
  }
  return Buffer.concat([jpeg.subarray(0, at), ...portions, jpeg.subarray(at)]);
}

function encodeSegment(guid: string, extended: Buffer, offset: number): Buffer {
  const portion = extended.subarray(offset, offset + MAX_PORTION);
  const lengths = Buffer.alloc(12);
  lengths.writeUInt16BE(0xff00 | APP1, 0);
  lengths.writeUInt16BE(2 + HEADER_LENGTH + portion.length, 2);
  lengths.writeUInt32BE(extended.length, 4);
  lengths.writeUInt32BE(offset, 8);
  const [frame, position] = [lengths.subarray(0, 4), lengths.subarray(4)];
  return Buffer.concat([frame, SIGNATURE, Buffer.from(guid, 'latin1'), position, portion]);
}

/** The extended packet; undefined when there is none, or it is incomplete, too long or not what its GUID promises. */
export function readExtendedXmp(jpeg: Buffer): string | undefined {
  let guid: string | undefined;
  let extended: Buffer | undefined;
  for (const { marker, data } of segments(jpeg)) {
    if (marker !== APP1 || data.length < HEADER_LENGTH || !SIGNATURE.equals(data.subarray(0, SIGNATURE.length)))
      continue;
    const name = data.toString('latin1', SIGNATURE.length, SIGNATURE.length + GUID_LENGTH);
    const length = data.readUInt32BE(HEADER_LENGTH - 8);
    if (length > MAX_TEXT_BYTES) return undefined;
    guid ??= name;
    extended ??= Buffer.alloc(length);
    if (name === guid) data.copy(extended, Math.min(data.readUInt32BE(HEADER_LENGTH - 4), length), HEADER_LENGTH);
  }
  return extended !== undefined && extendedXmpGuid(extended) === guid ? extended.toString('utf8') : undefined;
}

interface Segment {
  readonly marker: number;
  readonly data: Buffer;
  /** Offset behind the segment. */
  readonly end: number;
}

/** The segments before the picture data; stops at anything that is none. */
function* segments(jpeg: Buffer): Generator<Segment> {
  for (let offset = 2; offset + 4 <= jpeg.length;) {
    const marker = jpeg.readUInt8(offset + 1);
    const end = offset + 2 + jpeg.readUInt16BE(offset + 2);
    if (jpeg.readUInt8(offset) !== 0xff || marker === START_OF_SCAN || end > jpeg.length) return;
    yield { marker, data: jpeg.subarray(offset + 4, end), end };
    offset = end;
  }
}
