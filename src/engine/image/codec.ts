/** Pictures to files and files to pictures, through sharp (libvips). */
import { readFile, stat } from 'node:fs/promises';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { messageOf, UserError } from '../../base/errors';
import { addRecipeToPipeline, addRecipeToPng } from './metadata';
import type { RawImage } from './raw';
import type { Recipe } from './recipe';

export type ImageFormat = 'png' | 'webp' | 'avif' | 'jpeg';

/** 64 megapixels: more than any model here makes, and 256 MB decoded. A header that claims more is a mistake or a bomb. */
export const MAX_INPUT_PIXELS = 64 * 2 ** 20;
const MAX_INPUT_BYTES = 256 * 2 ** 20;
const READABLE = new Set(['png', 'webp', 'heif', 'jpeg', 'gif', 'tiff']);

// libvips would keep decoded files; pictures here are read once.
sharp.cache(false);

export interface EncodeOptions {
  readonly format: ImageFormat;
  /** Written into the file; absent = the file carries no metadata at all. */
  readonly recipe?: Recipe;
}

/**
 * PNG and WebP are lossless; AVIF and JPEG are set for pictures that look the same. JPEG has no transparency: alpha is laid on white.
 * The same picture and options give the same bytes.
 */
export async function encodeImage(image: RawImage, { format, recipe }: EncodeOptions): Promise<Buffer> {
  const { width, height, channels } = image;
  const pipeline = encoder(sharp(image.data, { raw: { width, height, channels } }), format);
  if (format === 'png') {
    const png = await pipeline.toBuffer();
    return recipe === undefined ? png : addRecipeToPng(png, recipe);
  }
  return (recipe === undefined ? pipeline : addRecipeToPipeline(pipeline, recipe)).toBuffer();
}

function encoder(picture: Sharp, format: ImageFormat): Sharp {
  switch (format) {
    case 'png':
      return picture.png({ compressionLevel: 9, adaptiveFiltering: true });
    case 'webp':
      return picture.webp({ lossless: true, effort: 5 });
    case 'avif':
      return picture.avif({ quality: 80, chromaSubsampling: '4:4:4', effort: 4 });
    case 'jpeg':
      return picture.flatten({ background: '#ffffff' }).jpeg({ quality: 92, chromaSubsampling: '4:4:4' });
  }
}

export interface DecodedImage {
  readonly image: RawImage;
  /** What the user should know: "… is animated; its first frame is used." */
  readonly notices: readonly string[];
}

/**
 * Reads PNG, WebP, AVIF, JPEG, GIF or TIFF: oriented, in sRGB, 8 bits, alpha kept, the first frame of an animation.
 * Throws `bad-image` naming the file, what was expected and what was found.
 */
export async function decodeImage(file: string): Promise<DecodedImage> {
  const bytes = await readInput(file);
  const metadata = await readMetadata(bytes, file);
  const { width, height, pages = 1 } = metadata;
  if (width * height > MAX_INPUT_PIXELS) {
    throw new UserError(
      'bad-image',
      `${file} is ${width}×${height} pixels; at most ${MAX_INPUT_PIXELS / 2 ** 20} megapixels are read. Scale it down first.`,
    );
  }
  try {
    const picture = sharp(bytes, { limitInputPixels: MAX_INPUT_PIXELS, failOn: 'error', pages: 1 })
      .autoOrient()
      .toColourspace('srgb');
    const { data, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    const image = withColour({ width: info.width, height: info.height, data }, info.channels);
    return { image, notices: pages > 1 ? [`${file} is animated; its first frame is used.`] : [] };
  } catch (error) {
    throw new UserError('bad-image', `${file} is damaged and cannot be decoded: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

async function readInput(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > MAX_INPUT_BYTES)
      throw new UserError('bad-image', `${file} has ${size} bytes; at most ${MAX_INPUT_BYTES} are read.`);
    return await readFile(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError('not-found', `The picture ${file} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}

async function readMetadata(bytes: Buffer, file: string): Promise<Metadata> {
  const expected = 'expected a PNG, WebP, AVIF, JPEG, GIF or TIFF picture';
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (error) {
    throw new UserError('bad-image', `${file}: ${expected}, found something else (${messageOf(error)}).`, {
      cause: error,
    });
  }
  if (!READABLE.has(metadata.format))
    throw new UserError('bad-image', `${file}: ${expected}, found ${metadata.format}.`);
  return metadata;
}

/** Grey (with alpha) becomes RGB (A). */
function withColour(
  { width, height, data }: { width: number; height: number; data: Buffer },
  channels: number,
): RawImage {
  if (channels === 3 || channels === 4) return { width, height, channels, data: new Uint8Array(data) };
  const wide = channels === 2 ? 4 : 3;
  const colour = new Uint8Array(width * height * wide);
  for (let i = 0; i < width * height; i++) {
    colour.fill(data[i * channels] ?? 0, i * wide, i * wide + 3);
    if (wide === 4) colour[i * wide + 3] = data[i * channels + 1] ?? 255;
  }
  return { width, height, channels: wide, data: colour };
}
