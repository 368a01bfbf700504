import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { bitmapIcon } from '../../../src/icons/bitmap';
import { ownFolder } from '../engine/checkpoints/safetensors-bytes';

const SIDE = 16;

async function drawn(name: string, bytes: Buffer): Promise<(x: number, y: number) => number[]> {
  const file = path.join(await ownFolder(), name);
  await writeFile(file, bytes);
  const { data } = await bitmapIcon(file, 68);
  return (x, y) => [...data.subarray(4 * (68 * y + x), 4 * (68 * y + x) + 4)];
}

async function png(): Promise<Buffer> {
  return sharp({ create: { width: SIDE, height: SIDE, channels: 4, background: '#e03131' } })
    .png()
    .toBuffer();
}

/** One picture of 32 bits a pixel whose alpha is 0 everywhere; the mask hides its upper half. */
function oldIco(withMask: boolean): Buffer {
  const header = Buffer.alloc(40);
  header.writeUInt32LE(40, 0);
  header.writeInt32LE(SIDE, 4);
  header.writeInt32LE(2 * SIDE, 8);
  header.writeUInt16LE(1, 12);
  header.writeUInt16LE(32, 14);
  const pixels = Buffer.alloc(4 * SIDE * SIDE);
  for (let at = 0; at < pixels.length; at += 4) pixels.set([0x31, 0x31, 0xe0, 0], at);
  // Rows stand from the bottom up.
  const mask = Buffer.alloc(4 * SIDE);
  if (withMask) for (let row = SIDE / 2; row < SIDE; row++) mask.writeUInt16BE(0xffff, 4 * row);
  const picture = Buffer.concat([header, pixels, mask]);
  const directory = Buffer.alloc(22);
  directory.set([0, 0, 1, 0, 1, 0, SIDE, SIDE, 0, 0, 1, 0, 32, 0]);
  directory.writeUInt32LE(picture.length, 14);
  directory.writeUInt32LE(directory.length, 18);
  return Buffer.concat([directory, picture]);
}

describe('a picture as an icon', () => {
  it('may be an icon file of old programs, whose mask says what is transparent', async () => {
    const at = await drawn('favicon.ico', oldIco(true));
    expect([at(34, 10)[3], at(34, 58)]).toEqual([0, [0xe0, 0x31, 0x31, 255]]);
    expect((await drawn('favicon.ico', oldIco(false)))(34, 10)).toEqual([0xe0, 0x31, 0x31, 255]);
  });

  it('is what its bytes say, whatever its name is', async () => {
    expect((await drawn('favicon.ico', await png()))(34, 34)).toEqual([0xe0, 0x31, 0x31, 255]);
    expect((await drawn('favicon.png', oldIco(true)))(34, 58)).toEqual([0xe0, 0x31, 0x31, 255]);
  });

  it.each([
    ['empty', Buffer.alloc(0), /it is empty/],
    ['a pointer of Git LFS', Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'), /git lfs pull/],
    ['a PNG of Xcode’s', Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\x04CgBI\x50\0\x20\x06', 'latin1'), /CgBI/],
  ])('is refused with its true reason when it is %s', async (_what, bytes, reason) => {
    await expect(drawn('a.png', bytes)).rejects.toThrow(reason);
    await expect(drawn('a.ico', bytes)).rejects.toThrow(reason);
  });
});
