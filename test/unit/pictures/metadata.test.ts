import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodeImage } from '../../../src/pictures/codec';
import { type BitmapFormat } from '../../../src/domain/image-format';
import { readRecipe } from '../../../src/pictures/metadata';
import { parametersText } from '../../../src/pictures/parameters-text';
import type { Recipe } from '../../../src/contract/recipe';
import { parseRecipe } from '../../../src/contract/recipe';
import { chunk, tinyPng } from './png-bytes';
import { AWKWARD_PROMPTS, FORMATS, picture, RECIPE, scratch } from './samples';

const write = scratch();

async function saved(format: BitmapFormat, recipe: Recipe): Promise<{ file: string; bytes: Buffer }> {
  const bytes = await encodeImage(picture(4), { format, recipe });
  return { file: await write(`saved.${format}`, bytes), bytes };
}

describe.each(FORMATS)('a recipe in %s', (format) => {
  it.each(Object.entries(AWKWARD_PROMPTS))('comes back whole: %s', async (_, prompt) => {
    const recipe = { ...RECIPE, prompt, negativePrompt: prompt.slice(0, 1000) };
    const { file } = await saved(format, recipe);
    expect((await readRecipe(file)).recipe).toEqual(recipe);
  });

  it('comes back whole for any prompt', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (prompt) => {
        const { file } = await saved(format, { ...RECIPE, prompt });
        expect((await readRecipe(file)).recipe?.prompt).toBe(prompt);
      }),
      { numRuns: 25 },
    );
  });

  it('keeps the optional fields of an image to image run', async () => {
    const recipe = { ...RECIPE, strength: 0.6, initSha256: 'ab'.repeat(32) };
    expect((await readRecipe((await saved(format, recipe)).file)).recipe).toEqual(recipe);
  });

  it('gives the parameters text, also with emoji and accents', async () => {
    const recipe = { ...RECIPE, prompt: 'une fusée 🚀, "rouge"\nplate', negativePrompt: 'flou' };
    expect((await readRecipe((await saved(format, recipe)).file)).parameters).toBe(parametersText(recipe));
  });

  it('says in XMP that a trained algorithm made the picture, with what and from which prompt', async () => {
    const { bytes } = await saved(format, { ...RECIPE, prompt: 'a <b> & "c"' });
    const { xmpAsString = '' } = await sharp(bytes).metadata();
    expect(xmpAsString).toContain(
      '<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>',
    );
    expect(xmpAsString).toContain('<xmp:CreatorTool>Fourstep 0.1.0</xmp:CreatorTool>');
    expect(xmpAsString).toContain('<rdf:li xml:lang="x-default">a &#60;b&#62; &#38; &#34;c&#34;</rdf:li>');
  });

  it('is absent from a picture saved without one', async () => {
    const file = await write(`bare.${format}`, await encodeImage(picture(4), { format }));
    expect(await readRecipe(file)).toEqual({});
  });

  it('disappears when the picture is encoded again without it', async () => {
    const { file } = await saved(format, RECIPE);
    expect(await readRecipe(await write(`again.${format}`, await sharp(file).toBuffer()))).toEqual({});
  });
});

describe('a recipe in places other tools know', () => {
  it('PNG: a plain tEXt chunk "parameters", before the pixels', async () => {
    const { bytes } = await saved('png', RECIPE);
    const text = bytes.indexOf(`tEXtparameters\0${parametersText(RECIPE)}`);
    expect(text).toBeGreaterThan(0);
    expect(text).toBeLessThan(bytes.indexOf('IDAT'));
  });

  it('PNG: UTF-8 in an iTXt chunk when Latin-1 cannot hold the prompt', async () => {
    const { bytes } = await saved('png', { ...RECIPE, prompt: '🚀' });
    expect(bytes.indexOf('iTXtparameters\0\0\0\0\0🚀')).toBeGreaterThan(0);
  });

  it.each(['webp', 'avif', 'jpeg'] as const)('%s: an EXIF UserComment in big-endian UTF-16', async (format) => {
    const recipe = { ...RECIPE, prompt: 'fusée 🚀' };
    const { exif } = await sharp((await saved(format, recipe)).bytes).metadata();
    const comment = Buffer.concat([Buffer.from('UNICODE\0'), Buffer.from(parametersText(recipe), 'utf16le').swap16()]);
    expect(exif?.includes(comment)).toBe(true);
  });
});

describe('pictures of other tools', () => {
  const A1111 = [
    'cat, <lora:x:0.5>',
    'Negative prompt: dog',
    'Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Model hash: abc',
  ].join('\n');

  it('PNG with tEXt parameters', async () => {
    const file = await write('a1111.png', tinyPng(chunk('tEXt', `parameters\0${A1111}`)));
    expect(await readRecipe(file)).toEqual({ parameters: A1111 });
  });

  it('PNG with compressed parameters', async () => {
    const { deflateSync } = await import('node:zlib');
    const text = `${A1111} 🚀`;
    const iTXt = Buffer.concat([Buffer.from('parameters\0\x01\0en\0Parameter\0'), deflateSync(Buffer.from(text))]);
    expect(await readRecipe(await write('itxt.png', tinyPng(chunk('iTXt', iTXt))))).toEqual({ parameters: text });
    const zTXt = Buffer.concat([Buffer.from('parameters\0\0'), deflateSync(Buffer.from(A1111))]);
    expect(await readRecipe(await write('ztxt.png', tinyPng(chunk('zTXt', zTXt))))).toEqual({ parameters: A1111 });
  });

  it('JPEG and WebP with a plain ASCII comment', async () => {
    const picture = sharp({ create: { width: 4, height: 4, channels: 3, background: '#fff' } });
    for (const format of ['jpeg', 'webp'] as const) {
      const bytes = await picture
        .clone()
        .withExif({ IFD2: { UserComment: A1111 } })
        .toFormat(format)
        .toBuffer();
      expect(await readRecipe(await write(`foreign.${format}`, bytes))).toEqual({ parameters: A1111 });
    }
  });

  it('PNG whose recipe survives only in XMP', async () => {
    const { xmpAsString = '' } = await sharp((await saved('webp', RECIPE)).bytes).metadata();
    const xmp = Buffer.from(`XML:com.adobe.xmp\0\0\0\0\0${xmpAsString}`);
    expect(await readRecipe(await write('xmp.png', tinyPng(chunk('iTXt', xmp))))).toEqual({ recipe: RECIPE });
  });

  it('a GIF has none', async () => {
    const gif = sharp({ create: { width: 4, height: 4, channels: 3, background: '#fff' } }).gif();
    expect(await readRecipe(await write('a.gif', await gif.toBuffer()))).toEqual({});
  });
});

describe('what a recipe may be', () => {
  it('one JSON object of our version, and nothing else', () => {
    expect(parseRecipe(JSON.stringify(RECIPE)).recipe).toEqual(RECIPE);
    const wrong: unknown[] = [
      null,
      [],
      'text',
      {},
      { ...RECIPE, version: 2 },
      { ...RECIPE, seed: -1 },
      { ...RECIPE, seed: 1.5 },
      { ...RECIPE, seed: '42' },
      { ...RECIPE, steps: null },
      { ...RECIPE, sampler: 'lms' },
      { ...RECIPE, prompt: { toString: 'x' } },
      { ...RECIPE, model: { id: 'x', sha256: 'short' } },
      { ...RECIPE, strength: 'much' },
    ];
    for (const value of wrong)
      expect(parseRecipe(JSON.stringify(value)), JSON.stringify(value)).not.toHaveProperty('recipe');
    for (const text of ['', '{', '[[[['.repeat(100_000), '{"seed":1e999}'])
      expect(parseRecipe(text)).not.toHaveProperty('recipe');
  });

  it('refused with a field it does not know, also __proto__: it would make another picture', () => {
    for (const name of ['extra', '__proto__']) {
      const parsed = parseRecipe(`{"${name}":{"polluted":true},${JSON.stringify(RECIPE).slice(1)}`);
      expect(parsed).toEqual({ problem: `${name} is not known here` });
      expect(parsed).not.toHaveProperty('polluted');
    }
  });
});

describe('other programs’ ways of writing', () => {
  it('our recipe in XMP as an attribute, under another prefix, is read', async () => {
    const json = JSON.stringify(RECIPE).replaceAll('&', '&amp;').replaceAll("'", '&#39;').replaceAll('<', '&lt;');
    const xmp = (properties: string): Buffer =>
      Buffer.concat([Buffer.from('XML:com.adobe.xmp\0\0\0\0\0'), Buffer.from(`<x:xmpmeta>${properties}</x:xmpmeta>`)]);
    for (const properties of [
      `<rdf:Description xmlns:fourstep='urn:fourstep:recipe:1' fourstep:recipe='${json}'/>`,
      `<rdf:Description xmlns:ns1="urn:fourstep:recipe:1"><ns1:recipe><![CDATA[${JSON.stringify(RECIPE)}]]></ns1:recipe></rdf:Description>`,
    ]) {
      const file = await write('attribute.png', tinyPng(chunk('iTXt', xmp(properties))));
      expect((await readRecipe(file)).recipe).toEqual(RECIPE);
    }
  });

  it('UTF-8 in tEXt, and EXIF in PNG, are read; Latin-1 stays Latin-1', async () => {
    const text = async (bytes: Buffer): Promise<string | undefined> => {
      const file = await write('text.png', tinyPng(chunk('tEXt', Buffer.concat([Buffer.from('parameters\0'), bytes]))));
      return (await readRecipe(file)).parameters;
    };
    expect(await text(Buffer.from('eine Füchsin テスト'))).toBe('eine Füchsin テスト');
    expect(await text(Buffer.from('eine Füchsin', 'latin1'))).toBe('eine Füchsin');
    const tiff = Buffer.from('49492a0008000000010086920700100000001a00000000000000', 'hex');
    const file = await write(
      'exif.png',
      tinyPng(chunk('eXIf', Buffer.concat([tiff, Buffer.from('ASCII\0\0\0red fox!')]))),
    );
    expect((await readRecipe(file)).parameters).toBe('red fox!');
  });
});
