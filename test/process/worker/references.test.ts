import { copyFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GenerateParams, RebuildResult, Variant } from '../../../src/contract/worker-api';
import type { WorkerClient } from '../../../src/host/worker-client';
import { decodeImage } from '../../../src/pictures/codec';
import { svg, writeFiles, writeIcons } from '../../support/icon-sets';
import { writeStyledModel } from '../../support/tiny-pipeline';
import { containing } from '../../support/matching';
import { job, startClient, temporaryFolder } from '../../support/worker-harness';

let client: WorkerClient;
let model: string;
let icons: string;
beforeAll(async () => {
  ({ client } = await startClient());
  model = await writeStyledModel(temporaryFolder());
  icons = writeIcons(temporaryFolder(), 12);
});
afterAll(() => client.dispose());

type References = NonNullable<GenerateParams['references']>;

async function draw(references?: Partial<References>, changes: Partial<GenerateParams> = {}): Promise<Variant> {
  const asked = references === undefined ? {} : { references: { folder: icons, strength: 1, ...references } };
  const params = job(temporaryFolder(), { modelPath: model, modelId: 'styled', ...asked, ...changes });
  return (await client.request('generate', params)).variants[0]!;
}

async function pixelsOf({ path: file }: Pick<Variant, 'path'>): Promise<Uint8Array> {
  return (await decodeImage(file)).image.data;
}

describe('a picture that is drawn like a folder of icons', () => {
  it('is another one than without them, the same every time, and names them in its recipe', async () => {
    const [plain, like, again] = [await draw(), await draw({}), await draw({})];
    expect(await pixelsOf(like)).not.toEqual(await pixelsOf(plain));
    expect(await pixelsOf(again)).toEqual(await pixelsOf(like));
    expect(plain.recipe).not.toHaveProperty('references');
    const { references } = like.recipe;
    expect(references).toMatchObject({ strength: 1, ink: '#e4572e' });
    expect(references!.icons).toHaveLength(8);
    expect(again.recipe.references).toEqual(references);
  });

  it('has the ink of the icons, exactly, where they have one', async () => {
    const data = await pixelsOf(await draw({}));
    const colours = new Set<string>();
    for (let i = 0; i < data.length; i += 4) if (data[i + 3]! > 0) colours.add([...data.slice(i, i + 3)].join());
    expect([...colours]).toEqual(['228,87,46']);
  });

  it('has colours of its own where the icons have several', async () => {
    const flag = (x: number): string =>
      svg(
        `<rect x="2" y="2" width="${x}" height="20" fill="#c00"/><rect x="${2 + x}" y="2" width="8" height="20" fill="#06c"/>`,
      );
    const folder = writeFiles(temporaryFolder(), { 'a.svg': flag(4), 'b.svg': flag(7), 'c.svg': flag(10) });
    const { recipe } = await draw({ folder });
    expect(recipe.references).not.toHaveProperty('ink');
    expect(recipe.references!.icons).toHaveLength(3);
  });

  it('follows the icons that are named, as strongly as is asked', async () => {
    const [first, second] = readdirSync(icons);
    const named = await draw({ icons: [second!, first!] });
    expect(named.recipe.references!.icons.map(({ id }) => id)).toEqual([second, first]);
    const weak = await draw({ icons: [second!, first!], strength: 0.25 });
    expect(await pixelsOf(weak)).not.toEqual(await pixelsOf(named));
  });

  it('can be an SVG in the colour of the text around it', async () => {
    const variant = await draw({}, { format: 'svg' });
    expect(variant).toMatchObject({ width: 24, height: 24 });
  });

  it('takes one icon, and leaves out what is no icon', async () => {
    const folder = writeFiles(temporaryFolder(), {
      'star.svg': svg('<path d="M12 2l9 20H3z"/>'),
      'broken.svg': '<svg',
      'notes.txt': 'no icon',
    });
    const { recipe } = await draw({ folder });
    expect(recipe.references!.icons.map(({ id }) => id)).toEqual(['star.svg']);
  });

  it('of several styles follows the one of most icons', async () => {
    const folder = writeIcons(temporaryFolder(), 6);
    for (const name of readdirSync(folder).slice(0, 3))
      copyFileSync(path.join(folder, name), path.join(folder, `x-${name}`));
    writeFiles(folder, { 'other/round.svg': svg('<circle cx="12" cy="12" r="9" fill="#1a1a1a"/>') });
    const { recipe } = await draw({ folder });
    expect(recipe.references!.icons.map(({ id }) => id)).not.toContain('other/round.svg');
  });
});

describe('a picture that cannot be drawn like a folder', () => {
  it.each([
    ['an empty folder', () => temporaryFolder(), 'no icon'],
    ['a folder that is not there', () => path.join(temporaryFolder(), 'gone'), 'gone'],
  ])('because it is %s', async (_, folder, message) => {
    await expect(draw({ folder: folder() })).rejects.toMatchObject({ message: containing(message) });
  });

  it('because an icon that is named is not there', async () => {
    await expect(draw({ icons: ['nothing.svg'] })).rejects.toMatchObject({
      code: 'not-found',
      message: containing('nothing.svg'),
    });
  });

  it('because the model follows no pictures, which is said by name', async () => {
    const plain = job(temporaryFolder(), { references: { folder: icons, strength: 1 } });
    await expect(client.request('generate', plain)).rejects.toMatchObject({
      code: 'unsupported',
      message: containing('does not follow reference pictures'),
    });
  });
});

describe('rebuilding such a picture', () => {
  const rebuild = (file: string, referenceFolder?: string): Promise<RebuildResult> =>
    client.request('rebuild', {
      jobId: 'again',
      path: file,
      modelPath: model,
      device: 'cpu',
      outputDir: temporaryFolder(),
      ...(referenceFolder === undefined ? {} : { referenceFolder }),
    });

  it('gives the same one with the same icons', async () => {
    const { path: file } = await draw({});
    await expect(rebuild(file, icons)).resolves.toMatchObject({ verdict: 'identical' });
  });

  it('asks for the icons by name when their folder is not given', async () => {
    const { path: file, recipe } = await draw({});
    await expect(rebuild(file)).rejects.toMatchObject({
      code: 'not-found',
      message: containing(recipe.references!.icons[0]!.id),
    });
  });

  it('names an icon that has changed, and one that is gone, instead of taking others', async () => {
    const folder = writeIcons(temporaryFolder(), 5);
    const { path: file, recipe } = await draw({ folder });
    const [first, second] = recipe.references!.icons;
    const before = path.join(folder, first!.id);
    writeFileSync(before, svg('<circle cx="12" cy="12" r="9" fill="#e4572e"/>'));
    await expect(rebuild(file, folder)).rejects.toMatchObject({
      code: 'bad-request',
      message: containing(`${first!.id} in ${folder} has changed`),
    });
    rmSync(path.join(folder, second!.id));
    await expect(rebuild(file, folder)).rejects.toMatchObject({ code: 'not-found', message: containing(second!.id) });
  });
});
