/** What there is, what it takes on the disk, and making room. */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { cachedRepos, cachedSnapshot } from '../catalog/hub-cache';
import { checkedModelName, folderNameOf } from '../catalog/model-name';
import type { ModelPlaces } from '../catalog/model-places';
import {
  homeOf,
  installedModel,
  isWeights,
  PARTIAL_FOLDER,
  readRecord,
  readRecords,
  sizesOf,
  type StoredModel,
} from '../catalog/store-record';
import type { FreedSpace, InstalledModel, StoreContents } from '../contract/store-api';
import { UserError } from '../domain/errors';
import { FLOAT32_COPY } from '../domain/weight-copies';
import { fileError } from '../files/file-error';
import { isFile, sizeIfFile } from '../files/kind-of-path';
import { lockOwner } from '../files/lock';
import { TEMPORARY_EXTENSION } from '../files/replace-file';
import { INDEX_FILE } from './needed-files';
import { freeBytes } from './plan';

export interface Places {
  readonly models: ModelPlaces;
  /** The folder with float32 copies. */
  readonly cache: string;
}

export async function storeContents({ models: { store, hubCaches }, cache }: Places): Promise<StoreContents> {
  const { models } = await readRecords(store);
  return {
    folder: store,
    models: await Promise.all(models.map(withProblem)),
    cached: await cachedModels(hubCaches, models),
    unfinished: await unfinished(store),
    copies: { folder: cache, ...total(await copiesIn(cache)) },
    freeBytes: await freeBytes(store),
  };
}

async function withProblem(model: StoredModel): Promise<InstalledModel> {
  const installed = installedModel(model);
  for (const { path: name } of model.record.files.filter((file) => isWeights(file.path))) {
    const place = path.join(homeOf(model), ...name.split('/'));
    if (!(await isFile(place))) return { ...installed, problem: `${place} is gone` };
  }
  return installed;
}

/** Complete pipelines only: what else lies in such a cache is not ours to judge. */
async function cachedModels(caches: readonly string[], known: readonly StoredModel[]): Promise<InstalledModel[]> {
  const names = (await Promise.all(caches.map(cachedRepos))).flat();
  const found: InstalledModel[] = [];
  for (const name of names.filter((one) => known.every(({ record }) => record.name !== one))) {
    const snapshot = await cachedSnapshot(caches, name);
    if (snapshot === undefined || !(await isFile(path.join(snapshot.folder, INDEX_FILE)))) continue;
    const files = await filesWithSizes(snapshot.folder);
    const { folder, revision } = snapshot;
    const sizes = sizesOf(files.map(({ file, bytes }) => ({ path: file, bytes })));
    found.push({ name, kind: 'model', path: folder, own: false, revision, ...sizes });
  }
  return found;
}

interface SizedFile {
  readonly file: string;
  readonly bytes: number;
}

function total(files: readonly SizedFile[]): FreedSpace {
  return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** All files below a folder, links followed to files only. */
async function filesWithSizes(folder: string): Promise<SizedFile[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  const files = entries.map(async (entry) => {
    const file = path.join(entry.parentPath, entry.name);
    const bytes = await sizeIfFile(file);
    return bytes === undefined ? [] : [{ file, bytes }];
  });
  return (await Promise.all(files)).flat();
}

async function copiesIn(cache: string): Promise<SizedFile[]> {
  const names = await readdir(cache).catch(() => []);
  const own = names.filter((name) => FLOAT32_COPY.test(name) || isUnfinishedCopy(name));
  const files = own.map(async (name) => {
    const file = path.join(cache, name);
    return { file, bytes: (await sizeIfFile(file)) ?? 0 };
  });
  return Promise.all(files);
}

function isUnfinishedCopy(name: string): boolean {
  return name.endsWith(TEMPORARY_EXTENSION) && FLOAT32_COPY.test(name.split('.').slice(0, 2).join('.'));
}

/** Folders of downloads that have not come to an end, with what is in them. */
async function unfinished(store: string): Promise<{ readonly name: string; readonly bytes: number }[]> {
  const partial = path.join(store, PARTIAL_FOLDER);
  const entries = await readdir(partial, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory());
  const all = folders.map(async ({ name }) => ({
    name: name.split('--').join('/'),
    bytes: total(await filesWithSizes(path.join(partial, name))).bytes,
  }));
  return Promise.all(all);
}

/** Removes it from the store: what is its own goes, what it only knew of stays where it is. Throws `not-found` naming what there is. */
export async function removeModel({ store }: ModelPlaces, text: string): Promise<FreedSpace> {
  const { name } = checkedModelName(text);
  const stored = await readRecord(store, name);
  if (stored === undefined) throw await unknown(store, name);
  const files = stored.record.place === undefined ? await filesWithSizes(stored.folder) : [];
  // It is gone at once, whatever happens while its files are removed.
  const aside = path.join(store, PARTIAL_FOLDER, `${folderNameOf(name)}.${randomUUID()}.old`);
  try {
    await mkdir(path.dirname(aside), { recursive: true });
    await rename(stored.folder, aside);
    await rm(aside, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    throw fileError(error, 'remove', stored.folder);
  }
  return total(files);
}

export async function knownModel({ store }: ModelPlaces, text: string): Promise<StoredModel> {
  const { name } = checkedModelName(text);
  const stored = await readRecord(store, name);
  if (stored !== undefined) return stored;
  throw await unknown(store, name);
}

async function unknown(store: string, name: string): Promise<UserError> {
  const { models } = await readRecords(store);
  const known = models.map(({ record }) => record.name).join(', ');
  const there = known === '' ? 'nothing is installed' : `there are: ${known}`;
  return new UserError('not-found', `There is no model ${name} in the store ${store}; ${there}.`);
}

/** Removes the copies, which are made again when they are needed, and what was put aside; unfinished downloads where asked for. */
export async function cleanUp({ models: { store }, cache }: Places, all: boolean): Promise<FreedSpace> {
  const partial = path.join(store, PARTIAL_FOLDER);
  const names = await readdir(partial).catch(() => []);
  const removed: SizedFile[] = [];
  for (const name of names) {
    const outdated = name.endsWith('.old');
    if (name.endsWith('.lock') || !(outdated || all) || (await isBusy(partial, name))) continue;
    const files = await filesWithSizes(path.join(partial, name));
    await rm(path.join(partial, name), { recursive: true, force: true }).catch(() => undefined);
    removed.push(...files);
  }
  for (const copy of await copiesIn(cache)) {
    // Windows does not remove a file that another process has mapped.
    const gone = await rm(copy.file, { force: true }).then(
      () => true,
      () => false,
    );
    if (gone) removed.push(copy);
  }
  return total(removed);
}

async function isBusy(partial: string, name: string): Promise<boolean> {
  return (await lockOwner(path.join(partial, `${name}.lock`)).catch(() => undefined)) !== undefined;
}
