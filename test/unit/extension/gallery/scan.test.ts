import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Recipe } from '../../../../src/contract/recipe';
import { encodeImage } from '../../../../src/pictures/codec';
import { scanPicture } from '../../../../src/extension/gallery/scan';

const recipe: Recipe = {
  version: 1,
  engine: '0.1.0',
  model: { id: 'icons-v1', sha256: 'a'.repeat(64) },
  prompt: 'a "red" fox {with} a 🎩 \\ & <b>',
  negativePrompt: '',
  seed: 7,
  steps: 4,
  guidance: 3,
  sampler: 'lcm',
  width: 512,
  height: 512,
  device: 'cpu',
  created: '2026-11-23T12:00:00.000Z',
};

/** Noise, so that the file is larger than the part that is looked at. */
const image = {
  width: 512,
  height: 512,
  channels: 4 as const,
  data: Uint8Array.from({ length: 512 * 512 * 4 }, (_, i) => (i * 7919) >> 3),
};

describe('finding recipes in pictures', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'fourstep-scan-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(['png', 'webp', 'avif', 'jpeg'] as const)(
    'reads prompt and date of a %s that Fourstep wrote',
    async (format) => {
      const file = path.join(folder, `with.${format}`);
      await writeFile(file, await encodeImage(image, { format, recipe }));
      expect(await scanPicture(file)).toEqual({ recipe });
    },
  );

  it('finds nothing in a picture without a recipe, an empty file and a text file', async () => {
    const plain = path.join(folder, 'plain.png');
    await writeFile(plain, await encodeImage(image, { format: 'png' }));
    const empty = path.join(folder, 'empty.png');
    await writeFile(empty, '');
    const text = path.join(folder, 'text.png');
    await writeFile(text, 'fourstep is mentioned here');
    for (const file of [plain, empty, text]) expect(await scanPicture(file)).toEqual({});
  });

  it('says of a recipe of a later version that it is one, instead of reading half of it', async () => {
    const later = path.join(folder, 'later.png');
    const changed = { ...recipe, version: 2, engine: '9.0.0', brush: 'oil' };
    await writeFile(later, await encodeImage(image, { format: 'png', recipe: changed as unknown as Recipe }));
    expect(await scanPicture(later)).toEqual({
      problem: 'the recipe has version 2, written by Fourstep 9.0.0; this one reads version 1',
    });
  });

  it('says of a damaged recipe what is wrong with it', async () => {
    const damaged = path.join(folder, 'damaged.png');
    const changed = { ...recipe, seed: 'x' };
    await writeFile(damaged, await encodeImage(image, { format: 'png', recipe: changed as unknown as Recipe }));
    expect((await scanPicture(damaged)).problem).toMatch(/^seed/);
  });
});
