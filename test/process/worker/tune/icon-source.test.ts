/** An icon is read and drawn once: the training that follows a scan takes the scan's pictures. */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RawImage } from '../../../../src/pictures/raw';
import { IconSource } from '../../../../src/worker/tune/icon-source';
import { buildPrograms } from '../../../support/build-worker';
import { svg, writeFiles, writeIcons } from '../../../support/icon-sets';
import { temporaryFolder } from '../../../support/worker-harness';

const INK = '#102030';
const MODEL = { size: 64, cutOf: () => '' };
const LOOK = { size: 64, currentColor: INK };

let source: IconSource;
let folder: string;
beforeAll(async () => {
  source = new IconSource((await buildPrograms()).rasterizer);
});

async function scan(): Promise<void> {
  const params = { folder, modelPath: 'not opened here', currentColor: INK };
  await source.scan(params, MODEL, new AbortController().signal);
}

describe('an icon that was scanned', () => {
  it('is the same picture for the training, without being drawn again', async () => {
    folder = writeIcons(temporaryFolder(), 6);
    const before = await source.draw(folder, 'shape-a.svg', LOOK);
    await scan();
    const first = await source.draw(folder, 'shape-a.svg', LOOK);
    expect(first).toEqual(before);
    expect(await source.draw(folder, 'shape-a.svg', LOOK)).toBe(first);
  });

  it('is drawn again in another size, in another colour, and once the pictures were used', async () => {
    folder = writeFiles(temporaryFolder(), { 'a.svg': svg('<path d="M0 0h24v24H0z" fill="currentColor"/>') });
    await scan();
    const kept = await source.draw(folder, 'a.svg', LOOK);
    expect((await source.draw(folder, 'a.svg', { ...LOOK, size: 32 })).width).toBe(32);
    const red = await source.draw(folder, 'a.svg', { ...LOOK, currentColor: '#ff0000' });
    expect(middleOf(red)).toEqual([255, 0, 0, 255]);
    source.forget();
    const again = await source.draw(folder, 'a.svg', LOOK);
    expect(again).not.toBe(kept);
    expect(again).toEqual(kept);
  });

  it('is drawn as it is now when its file has changed since, and is missed when it is gone', async () => {
    const square = (ink: string): string => svg(`<path d="M0 0h24v24H0z" fill="${ink}"/>`);
    folder = writeFiles(temporaryFolder(), { 'a.svg': square('#f00'), 'b.svg': square('#0f0') });
    await scan();
    for (const [name, ink, found] of [
      ['a.svg', '#00f', [0, 0, 255, 255]],
      ['b.svg', '#ff0', [255, 255, 0, 255]],
    ] as const) {
      writeFileSync(path.join(folder, name), square(ink));
      expect(middleOf(await source.draw(folder, name, LOOK))).toEqual(found);
    }
    rmSync(path.join(folder, 'b.svg'));
    await expect(source.draw(folder, 'b.svg', LOOK)).rejects.toThrow('There is no icon');
  });
});

function middleOf({ data, width, height }: RawImage): number[] {
  const pixel = 4 * ((height / 2) * width + width / 2);
  return [...data.subarray(pixel, pixel + 4)];
}
