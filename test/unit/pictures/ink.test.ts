import { describe, expect, it } from 'vitest';
import { inInk, inkOf, type Colour } from '../../../src/pictures/ink';
import type { RawImage } from '../../../src/pictures/raw';

type Pixel = readonly [number, number, number, number];

function picture(...pixels: readonly Pixel[]): RawImage {
  return { width: pixels.length, height: 1, channels: 4, data: Uint8Array.from(pixels.flat()) };
}

const NAVY: Colour = [11, 29, 81];

describe('the ink of a picture', () => {
  it('is its colour, whatever the opacity', () => {
    expect(inkOf(picture([...NAVY, 255], [...NAVY, 90], [0, 0, 0, 0]))).toEqual(NAVY);
  });

  it('is found although edges are rounded and faint pixels say anything', () => {
    expect(inkOf(picture([11, 29, 81, 255], [13, 27, 84, 200], [255, 255, 255, 20]))).toBeDefined();
  });

  it.each([
    ['two colours', picture([...NAVY, 255], [200, 30, 30, 255])],
    ['a white glyph on a disc', picture([...NAVY, 255], [...NAVY, 255], [255, 255, 255, 255])],
    ['nothing visible', picture([0, 0, 0, 0], [9, 9, 9, 20])],
  ])('is none for %s', (_, image) => {
    expect(inkOf(image)).toBeUndefined();
  });

  it('can be changed, and only it', () => {
    const image = picture([...NAVY, 255], [...NAVY, 90]);
    expect([...inInk(image, [1, 2, 3]).data]).toEqual([1, 2, 3, 255, 1, 2, 3, 90]);
    expect([...image.data]).toEqual([...NAVY, 255, ...NAVY, 90]);
  });
});
