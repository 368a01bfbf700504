/** PNG, WebP and ICO files as icons: the whole picture in a square, with the margin of the drawn ones. */
import sharp from 'sharp';
import { decodeImage } from '../pictures/codec';
import { readPictureFile } from '../pictures/picture-file';
import type { RawImage } from '../pictures/raw';
import { fitImage } from '../pictures/resize';
import { unreadableReason } from '../pictures/unreadable';
import { fileError } from '../files/file-error';
import { openRegular } from '../files/regular-file';
import { isIco, largestEntry } from './ico';
import { SkippedIcon } from '../domain/errors';
import { MARGIN } from './svg-drawing';

/** A larger picture is a photo or a screenshot. */
const MAX_SIDE = 1024;
/** Smaller ones would only be blurred spots at a model's size. */
const MIN_SIDE = 16;
const MAX_ASPECT = 2.5;

/** Throws SkippedIcon, or UserError `bad-image` and `io` of the decoder. */
export async function bitmapIcon(file: string, size: number): Promise<RawImage> {
  const picture = await pictureIn(file);
  const inner = Math.round(size / (1 + 2 * MARGIN));
  return inSquare(await fitImage(withAlpha(picture), inner, inner, 'contain'), size);
}

/** What a file is shows in its first bytes: a PNG may be called .ico, and an icon file .png. */
async function pictureIn(file: string): Promise<RawImage> {
  const start = await firstBytes(file);
  const reason = unreadableReason(start);
  if (reason !== undefined) throw new SkippedIcon(reason);
  return isIco(start) ? largestOf(file, await readPictureFile(file)) : plainPicture(file);
}

async function firstBytes(file: string): Promise<Buffer> {
  try {
    const handle = await openRegular(file, 'bad-image');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, 'read', file);
  }
}

/** Of a picture file; none when it cannot be read, which drawing it says. An icon file holds several. */
export async function bitmapSides(file: string): Promise<number[]> {
  const { width, height } = await sharp(file)
    .metadata()
    .catch(() => ({ width: 0, height: 0 }));
  return [width, height];
}

/** Its header is looked at first: most large pictures in a repository are no icons, and decoding them takes long. */
async function plainPicture(file: string): Promise<RawImage> {
  const bytes = await readPictureFile(file);
  const header = await sharp(bytes)
    .metadata()
    .catch(() => undefined);
  if (header !== undefined) checkShape(header);
  return (await decodeImage(file, bytes)).image;
}

function checkShape({ width, height }: { readonly width: number; readonly height: number }): void {
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
  const found = `it is ${width}×${height} pixels`;
  if (longer > MAX_SIDE) throw new SkippedIcon(`${found}; icons have at most ${MAX_SIDE} on a side`);
  if (longer < MIN_SIDE) throw new SkippedIcon(`${found}, which is too small to learn from`);
  if (longer > MAX_ASPECT * shorter) throw new SkippedIcon(`${found}, too long for an icon`);
}

async function largestOf(file: string, bytes: Buffer): Promise<RawImage> {
  const largest = largestEntry(bytes);
  checkShape(largest);
  if (largest.type === 'png') return (await decodeImage(file, Buffer.from(largest.data))).image;
  const { width, height, data } = largest;
  return { width, height, channels: 4, data: new Uint8Array(data) };
}

function withAlpha(image: RawImage): RawImage {
  if (image.channels === 4) return image;
  const { width, height } = image;
  const data = new Uint8Array(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) data.set(image.data.subarray(3 * i, 3 * i + 3), 4 * i);
  return { width, height, channels: 4, data };
}

/** Centred on transparent ground. */
function inSquare(image: RawImage, size: number): RawImage {
  const [left, top] = [(size - image.width) >> 1, (size - image.height) >> 1];
  const data = new Uint8Array(4 * size * size);
  for (let row = 0; row < image.height; row++) {
    const from = 4 * row * image.width;
    data.set(image.data.subarray(from, from + 4 * image.width), 4 * ((row + top) * size + left));
  }
  return { width: size, height: size, channels: 4, data };
}
