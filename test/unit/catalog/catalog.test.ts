/** The catalog of built-in models: format, hashes, and what a model's name means. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCatalog, resolveModel } from '../../../src/catalog/catalog';
import { BUILT_IN_ID, BUILT_IN_MODEL, MODELS } from '../../support/built-in-model';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'catalog-'));
});
afterEach(async () => rm(folder, { recursive: true }));

interface ShippedModel {
  readonly folder: string;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
}

describe('the shipped catalog', () => {
  it('gives size and SHA-256 of every file as it lies in the folder', async () => {
    const { models } = JSON.parse(await readFile(path.join(MODELS, 'catalog.json'), 'utf8')) as {
      readonly models: readonly ShippedModel[];
    };
    for (const model of models) {
      for (const file of model.files) {
        const at = path.join(MODELS, model.folder, file.path);
        const sha256 = createHash('sha256')
          .update(await readFile(at))
          .digest('hex');
        expect({ path: file.path, bytes: (await stat(at)).size, sha256 }).toEqual(file);
      }
    }
  });

  it('has a model card and the licences of the data for every model', async () => {
    for (const { folder: name } of (await readCatalog(MODELS)).models) {
      expect(await readFile(path.join(MODELS, name, 'README.md'), 'utf8')).toContain('Licence');
      expect(await readFile(path.join(MODELS, name, 'DATA.md'), 'utf8')).toMatch(/licence.*\n.*\n.*MIT/s);
    }
  });

  it('holds nothing that nobody reads', async () => {
    const { models } = JSON.parse(await readFile(path.join(MODELS, 'catalog.json'), 'utf8')) as {
      readonly models: readonly object[];
    };
    const read = (await readCatalog(MODELS)).models;
    expect(models).toEqual(read.map((model) => ({ ...model, files: expect.anything() as unknown })));
  });
});

describe('resolveModel', () => {
  it('takes the default model when no name is given', async () => {
    const catalog = await readCatalog(MODELS);
    const resolved = await resolveModel(catalog);
    expect(resolved.id).toBe(catalog.defaultId);
    expect(resolved.folder).toBe(BUILT_IN_MODEL);
    expect(resolved.model?.defaults).toEqual({ steps: 4, guidance: 3 });
  });

  it('finds a model by its id and another one by its folder', async () => {
    const catalog = await readCatalog(MODELS);
    expect((await resolveModel(catalog, BUILT_IN_ID)).model?.id).toBe(BUILT_IN_ID);
    expect(await resolveModel(catalog, folder)).toEqual({ id: path.basename(folder), folder });
  });

  it('lists the known models when there is no such one', async () => {
    const catalog = await readCatalog(MODELS);
    await expect(resolveModel(catalog, 'icons-v9')).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('"icons-v9"') as string,
    });
    await expect(resolveModel(catalog, 'icons-v9')).rejects.toThrow(BUILT_IN_ID);
  });
});

describe('readCatalog', () => {
  const write = async (change: (catalog: { models: Record<string, unknown>[] } & Record<string, unknown>) => void) => {
    const catalog = JSON.parse(await readFile(path.join(MODELS, 'catalog.json'), 'utf8')) as Parameters<
      typeof change
    >[0];
    change(catalog);
    await writeFile(path.join(folder, 'catalog.json'), JSON.stringify(catalog));
  };

  it.each([
    ['a folder outside of the models folder', { folder: '../elsewhere' }, 'models.0.folder'],
    ['an absolute folder', { folder: '/etc' }, 'models.0.folder'],
    ['no steps', { defaults: { steps: 0, guidance: 3 } }, 'models.0.defaults.steps'],
  ])('refuses %s and names the field', async (_, change, field) => {
    await write((catalog) => Object.assign(catalog.models[0] ?? {}, change));
    await expect(readCatalog(folder)).rejects.toThrow(field);
  });

  it('refuses two models with one id', async () => {
    await write((catalog) => catalog.models.push({ ...catalog.models[0] }));
    await expect(readCatalog(folder)).rejects.toThrow('same id');
  });

  it('refuses a default that is not listed', async () => {
    await write((catalog) => (catalog['default'] = 'gone'));
    await expect(readCatalog(folder)).rejects.toThrow('default');
  });

  it('says that Fourstep has to be installed again when there is no catalog', async () => {
    await mkdir(path.join(folder, 'empty'));
    await expect(readCatalog(path.join(folder, 'empty'))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('refuses text that is no JSON', async () => {
    await writeFile(path.join(folder, 'catalog.json'), '{');
    await expect(readCatalog(folder)).rejects.toMatchObject({ code: 'bad-checkpoint' });
  });
});
