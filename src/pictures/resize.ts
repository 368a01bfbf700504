/** Pictures at other sizes. */
import sharp from 'sharp';
import type { RawImage } from './raw';

/** 'cover' fills the target and crops, 'contain' keeps everything and leaves transparent (or white) bars. */
export type FitMode = 'cover' | 'contain';

/** Lanczos, with alpha taken into account (libvips premultiplies), so that transparent edges get no dark seam. */
export async function fitImage(image: RawImage, width: number, height: number, mode: FitMode): Promise<RawImage> {
  if (image.width === width && image.height === height) return image;
  const { channels } = image;
  const background = channels === 4 ? { r: 0, g: 0, b: 0, alpha: 0 } : { r: 255, g: 255, b: 255 };
  const { data, info } = await sharp(image.data, { raw: { width: image.width, height: image.height, channels } })
    .resize(width, height, { fit: mode, kernel: 'lanczos3', background })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels, data: new Uint8Array(data) };
}
