/** SVG files as svg-picture.ts writes them, as pixels again. */
import sharp from 'sharp';
import { UserError } from '../domain/errors';
import { readPictureFile } from './picture-file';
import type { RawImage } from './raw';
import { reasonOf } from './unreadable';

/** Nothing but paths and groups of them with plain attributes: no text, no links, no styles, nothing from elsewhere. */
const ATTRIBUTES = String.raw`(?:\s+(?:xmlns|width|height|viewBox|fill|fill-opacity|fill-rule|d)="[^"<&]*")*\s*`;
const OURS = new RegExp(`^<svg${ATTRIBUTES}(?:/>|>(?:<path${ATTRIBUTES}/>|<g${ATTRIBUTES}>|</g>)*</svg>)$`);

/**
 * The drawing of a file that Fourstep wrote, at a size in pixels; RGBA, `currentColor` is black. Throws `bad-image` for a file with anything
 * else in it, which is not drawn, and `not-found` or `io`.
 */
export async function readSvgPicture(
  file: string,
  { width, height }: { width: number; height: number },
): Promise<RawImage> {
  const drawing = drawingOf((await readPictureFile(file)).toString('utf8'));
  if (!OURS.test(drawing)) {
    throw new UserError('bad-image', `${file} is not drawn as Fourstep draws SVG files: another program changed it.`);
  }
  try {
    const larger = (72 * width) / Math.max(1, Number(/\swidth="(\d+)"/.exec(drawing)?.[1] ?? width));
    const picture = sharp(Buffer.from(drawing), { density: larger })
      .resize(width, height, { fit: 'fill' })
      .ensureAlpha();
    const { data, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, channels: 4, data: new Uint8Array(data) };
  } catch (error) {
    throw new UserError('bad-image', `${file} is damaged and cannot be drawn: ${reasonOf(error)}.`, { cause: error });
  }
}

/** The file without what says how it was made. */
function drawingOf(text: string): string {
  const [start, end] = [text.indexOf('<metadata>'), text.indexOf('</metadata>')];
  const drawing = start < 0 || end < start ? text : text.slice(0, start) + text.slice(end + '</metadata>'.length);
  return drawing.trim();
}
