/** A finished picture as the bytes of a file, in any format that is written. */
import type { ImageFormat } from '../domain/image-format';
import type { Recipe } from '../contract/recipe';
import { encodeImage } from './codec';
import type { RawImage } from './raw';
import { svgPicture } from './svg-picture';

export interface EncodedPicture {
  readonly bytes: Buffer;
  /** The size at which the file shows itself: pixels, or units of an SVG file's viewBox. */
  readonly width: number;
  readonly height: number;
  /** What the user should know. */
  readonly notices: readonly string[];
}

/** The same picture, format and recipe give the same bytes. Without a recipe the file carries no metadata at all. */
export async function encodePicture(image: RawImage, format: ImageFormat, recipe?: Recipe): Promise<EncodedPicture> {
  const { width, height } = image;
  if (format !== 'svg') {
    const bytes = await encodeImage(image, { format, ...(recipe === undefined ? {} : { recipe }) });
    return { bytes, width, height, notices: [] };
  }
  const { text, isFlat, ...size } = svgPicture(image, recipe);
  return { bytes: Buffer.from(text), ...size, notices: isFlat ? [] : [NOT_FLAT] };
}

const NOT_FLAT =
  'A picture is no flat drawing: as SVG it is shown only roughly, in a few areas of one colour each. PNG and WebP keep all of it.';
