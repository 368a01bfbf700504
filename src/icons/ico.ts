/** Icon files (ICO): the largest of the pictures in one. */
import decodeIco from 'decode-ico';
import { messageOf, SkippedIcon } from '../domain/errors';

/** Real icon files hold a dozen pictures, and all of them are decoded. */
const MAX_ENTRIES = 32;
const DIRECTORY = 6;
const ENTRY = 16;
const BITMAP_HEADER = 40;

export type IcoEntry = ReturnType<typeof decodeIco>[number];

/** By its first bytes; its name may say something else. */
export function isIco(bytes: Buffer): boolean {
  return bytes.length >= DIRECTORY && bytes.readUInt32LE(0) === 0x00010000;
}

/** Throws SkippedIcon for a damaged file, or one with too many pictures or none. */
export function largestEntry(bytes: Buffer): IcoEntry {
  if (!isIco(bytes)) throw new SkippedIcon('it is no icon file');
  if (bytes.readUInt16LE(4) > MAX_ENTRIES) throw new SkippedIcon(`it holds more than ${MAX_ENTRIES} pictures`);
  const entries = entriesOf(bytes).map((entry, index) => ({ entry, index }));
  const [largest] = entries.sort(
    ({ entry: a }, { entry: b }) => b.width * b.height - a.width * a.height || b.bpp - a.bpp,
  );
  if (largest === undefined) throw new SkippedIcon('it holds no picture');
  const { entry, index } = largest;
  if (entry.type === 'bmp' && entry.bpp === 32) opaqueByMask(entry, bytes, index);
  return entry;
}

function entriesOf(bytes: Buffer): IcoEntry[] {
  try {
    return decodeIco(bytes);
  } catch (error) {
    throw new SkippedIcon(`it is damaged: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Old programs leave the alpha of every pixel 0 and say in a mask of one bit a pixel, bottom row first, what is transparent;
 * Windows then draws by the mask. Without one everything is opaque.
 */
function opaqueByMask({ width, height, data }: IcoEntry, bytes: Buffer, index: number): void {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 0) return;
  const start = bytes.readUInt32LE(DIRECTORY + ENTRY * index + 12) + BITMAP_HEADER + 4 * width * height;
  const stride = 4 * Math.ceil(width / 32);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = start + (height - 1 - row) * stride + (column >> 3);
      const isTransparent = (((bytes[at] ?? 0) >> (7 - (column & 7))) & 1) === 1;
      data[4 * (row * width + column) + 3] = isTransparent ? 0 : 255;
    }
  }
}
