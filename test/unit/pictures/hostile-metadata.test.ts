import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/domain/errors';
import { encodeImage } from '../../../src/pictures/codec';
import { readRecipe } from '../../../src/pictures/metadata';
import { MAX_TEXT_BYTES } from '../../../src/pictures/png-chunks';
import { chunk, SIGNATURE, tinyPng } from './png-bytes';
import { FORMATS, picture, RECIPE, scratch } from './samples';

const write = scratch();
const read = async (bytes: Uint8Array) => readRecipe(await write('hostile', bytes));
const ours = (json: string) => chunk('iTXt', Buffer.from(`fourstep\0\0\0\0\0${json}`));

describe('hostile metadata in PNG', () => {
  it.each<[string, Buffer]>([
    ['broken JSON', ours('{"version": 1, "seed"')],
    ['JSON of another kind', ours('["version", 1]')],
    ['wrong types', ours(JSON.stringify({ ...RECIPE, prompt: 7 }))],
    ['a later version', ours(JSON.stringify({ ...RECIPE, version: 99 }))],
    ['an iTXt chunk without its separators', chunk('iTXt', 'fourstep\0\0\0no end')],
    ['a keyword that never ends', chunk('tEXt', 'parameters')],
    ['an empty keyword', chunk('tEXt', '\0text')],
    ['a keyword longer than the format allows', chunk('tEXt', `${'k'.repeat(80)}\0text`)],
    ['compressed text that is none', chunk('zTXt', 'parameters\0\0not deflate')],
    ['a text over the limit', chunk('tEXt', `parameters\0${'x'.repeat(MAX_TEXT_BYTES)}`)],
    ['an empty chunk', chunk('iTXt', '')],
    [
      'XMP with script and entities',
      chunk(
        'iTXt',
        Buffer.from(
          'XML:com.adobe.xmp\0\0\0\0\0<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x xmlns:fourstep="urn:fourstep:recipe:1"><script>alert(1)</script><fourstep:recipe>&a;</fourstep:recipe></x>',
        ),
      ),
    ],
    [
      'XMP whose element never ends',
      chunk('iTXt', Buffer.from('XML:com.adobe.xmp\0\0\0\0\0urn:fourstep:recipe:1 <fourstep:recipe>{')),
    ],
  ])('%s: no recipe', async (_, hostile) => {
    expect(await read(tinyPng(hostile))).not.toHaveProperty('recipe');
  });

  it('a compressed text that expands without end is not expanded', async () => {
    const bomb = deflateSync(Buffer.alloc(64 * 2 ** 20));
    const text = chunk('zTXt', Buffer.concat([Buffer.from('parameters\0\0'), bomb]));
    expect(await read(tinyPng(text))).toEqual({});
  });

  it('of many texts with one keyword only the first is expanded', async () => {
    const compressed = (text: string) =>
      chunk('zTXt', Buffer.concat([Buffer.from('parameters\0\0'), deflateSync(Buffer.from(text))]));
    const bomb = compressed('\0'.repeat(2 * MAX_TEXT_BYTES));
    expect(await read(tinyPng(compressed('the first'), ...Array<Buffer>(2000).fill(bomb)))).toEqual({
      parameters: 'the first',
    });
  });

  it.each<[string, Buffer, string]>([
    [
      'a chunk longer than the file',
      Buffer.concat([SIGNATURE, Buffer.from('7fffffff74455874', 'hex'), Buffer.alloc(20)]),
      'beyond its end',
    ],
    [
      'a wrong checksum',
      Buffer.concat([SIGNATURE, Buffer.from('0000000049454e4400000000', 'hex')]),
      'wrong checksum in chunk "IEND"',
    ],
    ['no end', tinyPng().subarray(0, -12), 'has no end chunk'],
    ['an end in the middle of a chunk header', tinyPng().subarray(0, -5), 'cut off'],
  ])('%s: a clear error', async (_, bytes, reason) => {
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'bad-image',
      message: expect.stringMatching(`hostile is a damaged PNG.*${reason}`) as string,
    });
  });
});

describe('hostile metadata in other formats', () => {
  const blank = () => sharp({ create: { width: 4, height: 4, channels: 3, background: '#fff' } });

  it('XMP that lies about a recipe', async () => {
    const xmp = '<x xmlns:fourstep="urn:fourstep:recipe:1"><fourstep:recipe>{"version":1}</fourstep:recipe></x>';
    for (const format of ['jpeg', 'webp', 'avif'] as const) {
      expect(await read(await blank().withXmp(xmp)[format]().toBuffer())).toEqual({
        problem: 'engine is missing',
      });
    }
  });

  it('a file that is no picture, an empty one, one that is missing', async () => {
    await expect(read(Buffer.from('<html>'))).rejects.toMatchObject({ code: 'bad-image' });
    await expect(read(Buffer.alloc(0))).rejects.toMatchObject({ code: 'bad-image' });
    await expect(readRecipe('/nowhere/at/all.png')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe.each(FORMATS)('%s with damage anywhere', (format) => {
  it('gives the recipe, no recipe, another text or a clear error, and never crashes', async () => {
    const whole = await encodeImage(picture(4, 8, 8), { format, recipe: RECIPE });
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(damage, fc.integer({ min: 1, max: whole.length }), async (changes, length) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          await read(bytes.subarray(0, Math.max(length, whole.length / 2)));
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          expect(error).toHaveProperty('code', 'bad-image');
        }
      }),
      { numRuns: 150 },
    );
  });
});
