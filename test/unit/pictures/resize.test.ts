import { describe, expect, it } from 'vitest';
import { fitImage } from '../../../src/pictures/resize';
import { picture, pixel, plain } from './samples';

/** Left half red, right half invisible black. */
const halfRed = () => {
  const image = plain([0, 0, 0, 0], { width: 32, height: 16 });
  for (let i = 0; i < 32 * 16; i++) if (i % 32 < 16) image.data.set([255, 0, 0, 255], i * 4);
  return image;
};

describe('pictures at other sizes', () => {
  it('the same size is the same picture', async () => {
    const image = picture(4);
    for (const mode of ['cover', 'contain'] as const) {
      expect(await fitImage(image, image.width, image.height, mode)).toEqual(image);
    }
  });

  it.each([3, 4] as const)('every mode gives exactly the asked size with %d channels', async (channels) => {
    for (const mode of ['cover', 'contain'] as const) {
      for (const [width, height] of [
        [7, 50],
        [64, 64],
        [1, 1],
      ] as const) {
        const fitted = await fitImage(picture(channels), width, height, mode);
        expect(fitted).toMatchObject({ width, height, channels });
        expect(fitted.data).toHaveLength(width * height * channels);
      }
    }
  });

  it.each([12, 100])('transparent edges get no dark seam (to %d pixels)', async (width) => {
    const { data } = await fitImage(halfRed(), width, width / 2, 'cover');
    let visible = 0;
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3]! < 16) continue;
      visible++;
      expect(data[i]).toBeGreaterThanOrEqual(250);
      expect(data[i + 1]).toBeLessThanOrEqual(3);
    }
    expect(visible).toBeGreaterThan(0);
  });

  it('contain leaves transparent bars, or white ones where there is no transparency', async () => {
    const wide = { width: 16, height: 8 };
    const clear = await fitImage(plain([10, 200, 30, 255], wide), 16, 16, 'contain');
    expect([pixel(clear, 8, 0), pixel(clear, 8, 8), pixel(clear, 8, 15)]).toEqual([
      [0, 0, 0, 0],
      [10, 200, 30, 255],
      [0, 0, 0, 0],
    ]);
    const white = await fitImage(plain([10, 200, 30], wide), 16, 16, 'contain');
    expect(pixel(white, 8, 0)).toEqual([255, 255, 255]);
  });

  it('cover crops the middle', async () => {
    const image = plain([0, 0, 0], { width: 30, height: 10 });
    for (let i = 0; i < 300; i++) if (i % 30 >= 10 && i % 30 < 20) image.data.fill(255, i * 3, i * 3 + 3);
    const { data } = await fitImage(image, 10, 10, 'cover');
    expect(data.every((value) => value === 255)).toBe(true);
  });
});
