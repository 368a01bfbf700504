/** Pictures to files and files to pictures, through sharp (libvips). */
import sharp, { type Metadata, type Sharp } from 'sharp';
import { UserError } from '../domain/errors';
import type { BitmapFormat } from '../domain/image-format';
import { reasonOf } from './unreadable';
import { addRecipeToPng, encodeWithRecipe } from './metadata';
import { readPictureFile } from './picture-file';
import type { RawImage } from './raw';
import { unreadableReason } from './unreadable';
import type { Recipe } from '../contract/recipe';

/** 64 megapixels: more than any model here makes, and 256 MB decoded. A header that claims more is a mistake or a bomb. */
export const MAX_INPUT_PIXELS = 64 * 2 ** 20;
const READABLE = new Set(['png', 'webp', 'heif', 'jpeg', 'gif', 'tiff']);

// libvips would keep decoded files; pictures here are read once.
sharp.cache(false);

export interface EncodeOptions {
  readonly format: BitmapFormat;
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
  if (recipe === undefined) return pipeline.toBuffer();
  return format === 'png'
    ? addRecipeToPng(await pipeline.toBuffer(), recipe)
    : encodeWithRecipe(pipeline, format, recipe);
}

function encoder(picture: Sharp, format: BitmapFormat): Sharp {
  switch (format) {
    case 'png':
      return picture.png({ compressionLevel: 9, adaptiveFiltering: true });
    case 'webp':
      return picture.webp({ lossless: true, exact: true, effort: 5 });
    case 'avif':
      return picture.avif({ quality: 80, chromaSubsampling: '4:4:4', effort: 4 });
    case 'jpeg':
      return picture.flatten({ background: '#ffffff' }).jpeg({ quality: 92, chromaSubsampling: '4:4:4' });
  }
}

export interface DecodedImage {
  readonly image: RawImage;
  /** What the user should know: "… has 12 frames; the first one is used." */
  readonly notices: readonly string[];
}

/**
 * Reads PNG, WebP, AVIF, JPEG, GIF or TIFF: oriented, in sRGB, 8 bits, alpha kept, the first frame of an animation.
 * `content` stands for the file's when it is only a part of it. Throws `bad-image` naming the file, what was expected
 * and what was found.
 */
export async function decodeImage(file: string, content?: Buffer): Promise<DecodedImage> {
  const bytes = content ?? (await readPictureFile(file));
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
    return { image, notices: pages > 1 ? [`${file} has ${pages} frames; the first one is used.`] : [] };
  } catch (error) {
    throw new UserError('bad-image', `${file} is damaged and cannot be decoded: ${reasonOf(error)}.`, {
      cause: error,
    });
  }
}

async function readMetadata(bytes: Buffer, file: string): Promise<Metadata> {
  const expected = 'expected a PNG, WebP, AVIF, JPEG, GIF or TIFF picture';
  const reason = unreadableReason(bytes);
  if (reason !== undefined) throw new UserError('bad-image', `${file}: ${expected}, but ${reason}.`);
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (error) {
    throw new UserError('bad-image', `${file}: ${expected}, found something else (${reasonOf(error)}).`, {
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
