import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage, encodeImage } from '../../../src/pictures/codec';
import { compareImages } from '../../../src/pictures/compare';
import { FORMATS, picture, pixel, plain, RECIPE, scratch } from './samples';

const write = scratch();

describe('writing pictures', () => {
  it.each(['png', 'webp'] as const)('%s keeps every byte, also the colours of invisible pixels', async (format) => {
    for (const channels of [3, 4] as const) {
      const original = picture(channels);
      const file = await write(`lossless-${channels}.${format}`, await encodeImage(original, { format }));
      expect((await decodeImage(file)).image).toEqual(original);
    }
  });

  it('avif keeps transparency and looks the same', async () => {
    const original = plain([200, 30, 60, 128], { width: 32, height: 32 });
    const file = await write('alpha.avif', await encodeImage(original, { format: 'avif' }));
    const { image } = await decodeImage(file);
    expect(image.channels).toBe(4);
    expect(compareImages(original, image).maxDifference).toBeLessThanOrEqual(4);
  });

  it('jpeg has no transparency: the picture is laid on white', async () => {
    const file = await write(
      'alpha.jpg',
      await encodeImage(plain([255, 0, 0, 0], { width: 16, height: 16 }), { format: 'jpeg' }),
    );
    const { image } = await decodeImage(file);
    expect(image.channels).toBe(3);
    expect(pixel(image, 8, 8)).toEqual([255, 255, 255]);
  });

  it.each(FORMATS)('%s: the same picture and recipe give the same bytes', async (format) => {
    const [first, second] = [
      await encodeImage(picture(4), { format, recipe: RECIPE }),
      await encodeImage(picture(4), { format, recipe: RECIPE }),
    ];
    expect(first.equals(second)).toBe(true);
  });

  it.each(FORMATS)('%s: the recipe changes no pixel', async (format) => {
    const bare = await write(`bare.${format}`, await encodeImage(picture(4), { format }));
    const described = await write(`described.${format}`, await encodeImage(picture(4), { format, recipe: RECIPE }));
    expect((await decodeImage(described)).image).toEqual((await decodeImage(bare)).image);
  });

  it.each(FORMATS)('%s without a recipe carries no metadata at all', async (format) => {
    const bytes = await encodeImage(picture(4), { format });
    const { exif, xmp, icc, iptc, comments } = await sharp(bytes).metadata();
    expect({ exif, xmp, icc, iptc, comments }).toEqual({});
    expect(bytes.includes('ourstep')).toBe(false);
  });

  it.each(FORMATS)('%s: pictures of one pixel', async (format) => {
    const file = await write(
      `one.${format}`,
      await encodeImage(plain([9, 9, 9, 255], { width: 1, height: 1 }), { format }),
    );
    expect(await decodeImage(file)).toMatchObject({ image: { width: 1, height: 1 } });
  });
});
