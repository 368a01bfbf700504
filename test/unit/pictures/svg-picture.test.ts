import { describe, expect, it } from 'vitest';
import type { RawImage } from '../../../src/pictures/raw';
import { compareImages } from '../../../src/pictures/compare';
import { readRecipe } from '../../../src/pictures/metadata';
import { svgPicture } from '../../../src/pictures/svg-picture';
import { readSvgPicture } from '../../../src/pictures/svg-raster';
import { recipeFromXmp } from '../../../src/contract/recipe-xmp';
import { RECIPE, scratch } from './samples';

/** A square of one colour in the middle. */
function square(side: number, [red, green, blue]: readonly [number, number, number]): RawImage {
  const data = new Uint8Array(side * side * 4);
  for (let y = side / 4; y < (3 * side) / 4; y++)
    for (let x = side / 4; x < (3 * side) / 4; x++) data.set([red, green, blue, 255], 4 * (side * y + x));
  return { width: side, height: side, channels: 4, data };
}

describe('a picture as SVG', () => {
  it('is an icon of 24 units in the colour of the text around it', () => {
    const { text, isFlat } = svgPicture(square(64, [10, 20, 30]));
    expect(isFlat).toBe(true);
    expect(text).toContain('viewBox="0 0 24 24"');
    expect(text).toContain('fill="currentColor"');
    expect(text.match(/<path/g)).toHaveLength(1);
    expect(text).toContain('d="M18 6H6v12h12z"');
  });

  it('keeps its colours where it has several', () => {
    const image = square(64, [200, 30, 30]);
    image.data
      .subarray(0, 64 * 4 * 16)
      .set(Uint8Array.from({ length: 64 * 4 * 16 }, (_, i) => [20, 90, 200, 255][i % 4]!));
    const { text } = svgPicture(image);
    expect(text).toContain('#c81e1e');
    expect(text).toContain('#145ac8');
    expect(text).not.toContain('currentColor');
  });

  it('has a unit for each pixel when it is larger than an icon', () => {
    expect(svgPicture(square(256, [0, 0, 0])).text).toContain('viewBox="0 0 256 256"');
  });

  it('holds the recipe as bitmaps do, with the mark of AI-made pictures', () => {
    const { text } = svgPicture(square(64, [0, 0, 0]), RECIPE);
    expect(recipeFromXmp(text).recipe).toEqual(RECIPE);
    expect(text).toContain('trainedAlgorithmicMedia');
    expect(svgPicture(square(64, [0, 0, 0])).text).not.toContain('metadata');
  });

  it('is the same text for the same picture', () => {
    expect(svgPicture(square(64, [9, 9, 9])).text).toBe(svgPicture(square(64, [9, 9, 9])).text);
  });

  it('is an empty drawing for an empty picture', () => {
    const { text } = svgPicture({ width: 64, height: 64, channels: 4, data: new Uint8Array(64 * 64 * 4) }, RECIPE);
    expect(text).not.toContain('<path');
    expect(recipeFromXmp(text).recipe).toEqual(RECIPE);
  });
});

describe('an SVG file of ours', () => {
  const file = scratch();
  const size = { width: 64, height: 64 };

  it('gives its recipe back, also with a declaration and comments in front', async () => {
    const { text } = svgPicture(square(64, [0, 0, 0]), RECIPE);
    const plain = await readRecipe(await file('plain.svg', text));
    expect(plain.recipe).toEqual(RECIPE);
    expect(plain.parameters).toContain(RECIPE.prompt);
    const headed = `<?xml version="1.0"?>\n<!-- made -> here -->\n${text}`;
    expect((await readRecipe(await file('headed.svg', headed))).recipe).toEqual(RECIPE);
  });

  it('is drawn as the picture that it was traced from', async () => {
    const image = square(64, [0, 0, 0]);
    const drawn = await readSvgPicture(await file('drawn.svg', svgPicture(image, RECIPE).text), size);
    expect(compareImages(drawn, image).verdict).toBe('identical');
  });

  it.each([
    ['a text', '<text>no</text>'],
    ['a picture from elsewhere', '<image href="file:///etc/passwd"/>'],
    ['a style', '<style>path{fill:red}</style>'],
    ['a script', '<script>1</script>'],
  ])('is not drawn with %s in it', async (_, more) => {
    const { text } = svgPicture(square(64, [0, 0, 0]), RECIPE);
    const changed = await file('changed.svg', text.replace('</svg>', `${more}</svg>`));
    await expect(readSvgPicture(changed, size)).rejects.toMatchObject({ code: 'bad-image' });
  });

  it('that is a web page is no picture', async () => {
    const page = await file('page.svg', '<!DOCTYPE html><html><body><svg></svg></body></html>');
    await expect(readRecipe(page)).rejects.toMatchObject({ code: 'bad-image' });
  });
});
