import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage, MAX_INPUT_PIXELS } from '../../../src/pictures/codec';
import type { RawImage } from '../../../src/pictures/raw';
import { chunk, header, SIGNATURE } from './png-bytes';
import { picture, pixel, scratch } from './samples';

const write = scratch();
const [WIDTH, HEIGHT] = [8, 4];
const RED = { r: 200, g: 30, b: 60 };

const solid = (color: object = RED): Sharp =>
  sharp({ create: { width: WIDTH, height: HEIGHT, channels: 'alpha' in color ? 4 : 3, background: color } });
const raw = ({ data, width, height, channels }: RawImage): Sharp => sharp(data, { raw: { width, height, channels } });
const animation = async (): Promise<Sharp> =>
  sharp(await Promise.all([solid(), solid({ r: 0, g: 0, b: 255 })].map((frame) => frame.png().toBuffer())), {
    join: { animated: true },
  });

async function decoded(name: string, made: Sharp): Promise<RawImage> {
  const { image } = await decodeImage(await write(name, await made.toBuffer()));
  expect(image.data).toHaveLength(image.width * image.height * image.channels);
  return image;
}

function expectColor(image: RawImage, expected: readonly number[], tolerance: number): void {
  expect(image.channels).toBe(expected.length);
  for (const [x, y] of [
    [0, 0],
    [image.width - 1, image.height - 1],
  ] as const) {
    expect(pixel(image, x, y)).toBeAllclose(expected, tolerance);
  }
}

describe('reading pictures of all kinds', () => {
  it.each(['png', 'webp', 'avif', 'jpeg', 'gif', 'tiff'] as const)('%s', async (format) => {
    const image = await decoded(`solid.${format}`, solid()[format]());
    expect([image.width, image.height]).toEqual([WIDTH, HEIGHT]);
    expect(pixel(image, 1, 1).slice(0, 3)).toBeAllclose([200, 30, 60], 2);
  });

  it('16 bits become 8, with and without alpha', async () => {
    expectColor(await decoded('rgb16.png', solid().toColourspace('rgb16').png()), [200, 30, 60], 1);
    const half = solid({ ...RED, alpha: 0.5 });
    expectColor(await decoded('rgba16.png', half.toColourspace('rgb16').png()), [200, 30, 60, 128], 1);
    expectColor(await decoded('rgb16.tiff', solid().toColourspace('rgb16').tiff()), [200, 30, 60], 1);
  });

  it('grey becomes RGB, grey with alpha RGBA', async () => {
    const grey = await decoded('grey.png', solid().toColourspace('b-w').png());
    const [level = 0] = pixel(grey, 0, 0);
    expectColor(grey, [level, level, level], 0);
    expect(level).toBeGreaterThan(60);
    const translucent = solid({ ...RED, alpha: 0.5 })
      .toColourspace('b-w')
      .png();
    expectColor(await decoded('grey-alpha.png', translucent), [level, level, level, 128], 1);
    expectColor(await decoded('grey16.png', solid().toColourspace('grey16').png()), [level, level, level], 1);
  });

  it('palettes are expanded', async () => {
    const image = await decoded('palette.png', solid({ ...RED, alpha: 0.5 }).png({ palette: true }));
    expectColor(image, [200, 30, 60, 128], 1);
  });

  it('CMYK becomes sRGB, with a profile and without', async () => {
    const bare = await decoded('cmyk.jpg', solid().toColourspace('cmyk').jpeg({ quality: 100 }));
    expectColor(bare, [200, 30, 60], 30);
    const profiled = solid().toColourspace('cmyk').withIccProfile('cmyk').jpeg({ quality: 100 });
    expectColor(await decoded('cmyk-profile.jpg', profiled), [200, 30, 60], 30);
    expectColor(await decoded('cmyk.tiff', solid().toColourspace('cmyk').tiff()), [200, 30, 60], 30);
  });

  it('another colour profile is converted, not ignored', async () => {
    const wide = await decoded('p3.png', solid().withIccProfile('p3').png());
    expectColor(wide, [200, 30, 60], 2);
  });

  it('the camera orientation is applied', async () => {
    const image = await decoded('turned.png', raw(picture(3)).withMetadata({ orientation: 6 }).png());
    expect([image.width, image.height]).toEqual([24, 32]);
    expect(pixel(image, 23, 0)).toEqual(pixel(picture(3), 0, 0));
    expect(pixel(image, 0, 0)).toEqual(pixel(picture(3), 0, 23));
  });

  it.each(['gif', 'webp', 'tiff'] as const)('several frames in %s: the first one, and a notice', async (format) => {
    const file = await write(`frames.${format}`, await (await animation())[format]().toBuffer());
    const { image, notices } = await decodeImage(file);
    expect([image.width, image.height]).toEqual([WIDTH, HEIGHT]);
    // WebP is lossy here; the other frame is blue.
    expect(pixel(image, 0, 0).slice(0, 3)).toBeAllclose([200, 30, 60], 6);
    expect(notices).toEqual([`${file} has 2 frames; the first one is used.`]);
  });
});

describe('refusing what is no picture', () => {
  const EXPECTED = 'expected a PNG, WebP, AVIF, JPEG, GIF or TIFF picture';

  it.each<[string, Uint8Array | string]>([
    ['empty.png', ''],
    ['text.png', 'this is no picture'],
    ['icon.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
    ['signature.png', SIGNATURE],
    ['random.jpg', Uint8Array.from({ length: 500 }, (_, i) => (i * 193) % 251)],
  ])('%s', async (name, bytes) => {
    const file = await write(name, bytes);
    await expect(decodeImage(file)).rejects.toMatchObject({
      name: 'UserError',
      code: 'bad-image',
      message: expect.stringContaining(`${file}: ${EXPECTED}`) as string,
    });
  });

  it.each(['png', 'webp', 'avif', 'jpeg', 'tiff', 'gif'] as const)('%s cut off at any place', async (format) => {
    const whole = await raw(picture(3, 64, 64))
      .toFormat(format)
      .toBuffer();
    for (const part of [0.05, 0.3, 0.6, 0.9]) {
      const file = await write(`cut-${part}.${format}`, whole.subarray(0, whole.length * part));
      const error: unknown = await decodeImage(file).catch((reason: unknown) => reason);
      expect(error, `${part} of the file`).toMatchObject({ name: 'UserError', code: 'bad-image' });
      expect((error as Error).message).toContain(file);
      expect((error as Error).message).not.toContain('\n');
    }
  });

  it('a PNG with a flipped bit in its pixels', async () => {
    const bytes = await raw(picture(3)).png().toBuffer();
    bytes[bytes.length - 30]! ^= 255;
    await expect(decodeImage(await write('flipped.png', bytes))).rejects.toThrow('is damaged and cannot be decoded');
  });

  it('a decompression bomb, by what its header claims and before anything is decoded', async () => {
    const idat = chunk('IDAT', deflateSync(Buffer.alloc(1000)));
    const bomb = Buffer.concat([SIGNATURE, header(100_000, 100_000), idat, chunk('IEND', '')]);
    const file = await write('bomb.png', bomb);
    await expect(decodeImage(file)).rejects.toMatchObject({
      code: 'bad-image',
      message: `${file} is 100000×100000 pixels; at most 64 megapixels are read. Scale it down first.`,
    });
    expect(MAX_INPUT_PIXELS).toBe(64 * 1024 * 1024);
  });

  it('a path that does not exist, a folder, a pipe that never ends', async () => {
    await expect(decodeImage('/nowhere/at/all.png')).rejects.toMatchObject({ code: 'not-found' });
    await expect(decodeImage(os.tmpdir())).rejects.toMatchObject({ code: 'bad-image' });
    if (process.platform === 'win32') return;
    const pipe = path.join(path.dirname(await write('beside.txt', '')), 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(decodeImage(pipe)).rejects.toThrow('is a pipe, expected a file');
  });
});
