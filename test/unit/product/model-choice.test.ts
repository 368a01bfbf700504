/** What is said of a model before it is chosen, and the list of published models that it is said of. */
import { expect, it } from 'vitest';
import { readCatalog } from '../../../src/catalog/catalog';
import { parseModelName } from '../../../src/catalog/model-name';
import { fitOf, speedClass, weightBytesOf } from '../../../src/product/model-choice';
import { MODELS } from '../../support/built-in-model';

it.each([
  ['sd-turbo', 'fastest'],
  ['lcm-dreamshaper-v7', 'fast'],
  ['bk-sdm-tiny', 'medium'],
  ['stable-diffusion-v1-5', 'medium'],
  ['sdxl-base', 'slow'],
  ['taesd', undefined],
])('%s is %s', async (id, speed) => {
  const model = (await readCatalog(MODELS)).published.find((one) => one.id === id);
  expect(model).toBeDefined();
  expect(speedClass(model!)).toBe(speed);
});

it('a model fits, is tight or too large, by its float32 weights and what it takes beside them', () => {
  const sd1 = weightBytesOf({ parameters: 860, family: 'sd1' })!;
  const sdxl = weightBytesOf({ parameters: 2600, family: 'sdxl' })!;
  expect([fitOf(sd1, 16e9), fitOf(sd1, 8e9), fitOf(sdxl, 8e9), fitOf(sdxl, 32e9)]).toEqual([
    'fits',
    'tight',
    'too-large',
    'fits',
  ]);
});

it('every published model has a name of the hub, and a base that is in the list', async () => {
  const { published, models } = await readCatalog(MODELS);
  const ids = [...published, ...models].map(({ id }) => id);
  expect(published.length).toBeGreaterThanOrEqual(15);
  for (const { name, base, kind } of published) {
    expect(parseModelName(name)?.repo).toBeDefined();
    if (base !== undefined) expect(ids).toContain(base);
    if (kind === 'lora' || kind === 'unet' || kind === 'decoder') expect(base).toBeDefined();
  }
});
