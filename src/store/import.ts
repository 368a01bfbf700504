/** Takes up a model that lies on this machine: noted where it is, or copied into the store. */
import { constants, copyFile, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { checkedModelName } from '../catalog/model-name';
import type { ModelPlaces } from '../catalog/model-places';
import { installedModel, readRecord, RECORD_FILE, type StoredFile, type StoreRecord } from '../catalog/store-record';
import type { InstalledModel, ModelKind } from '../contract/store-api';
import { throwIfCancelled, UserError } from '../domain/errors';
import { safeStem } from '../domain/file-names';
import { fileError } from '../files/file-error';
import { isWithin } from '../files/inside';
import { isFile, isFolder, sizeIfFile } from '../files/kind-of-path';
import { ContentHash, hashInto } from './digests';
import { INDEX_FILE } from './needed-files';
import { freeBytes, partialFolder } from './plan';
import { putInStore, writeRecord } from './put-in-store';
import type { CheckOptions } from './verify';

export interface ImportWish {
  /** Absolute. */
  readonly path: string;
  readonly name?: string;
  readonly copy: boolean;
}

/** A model has a few dozen files; a home folder has more. */
const MOST_FILES = 500;
const MOST_DEPTH = 4;

/** Throws UserError when there is nothing to be used, when the name is taken, when the disk is full. Never changes what is imported. */
export async function importModel(
  { store }: ModelPlaces,
  builtIn: readonly string[],
  wish: ImportWish,
  options: CheckOptions,
): Promise<InstalledModel> {
  const source = await look(wish.path, store);
  const name = await freeName(store, builtIn, wish);
  if (wish.copy) await checkRoom(store, source);
  const folder = partialFolder(store, name);
  await rm(folder, { recursive: true, force: true });
  try {
    await mkdir(folder, { recursive: true });
    const files = await take(source, wish.copy ? folder : undefined, options);
    await writeRecord(folder, recordOf(name, source, files, wish.copy));
    await putInStore(store, folder, name);
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    throw fileError(error, 'import', wish.path);
  }
  const stored = await readRecord(store, name);
  if (stored === undefined) throw new UserError('io', `${name} has just been removed from ${store}.`);
  return installedModel(stored);
}

interface Source {
  readonly kind: ModelKind;
  readonly home: string;
  /** Inside of it, with forward slashes. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

async function look(given: string, store: string): Promise<Source> {
  if (isWithin(store, given)) throw new UserError('bad-request', `${given} lies in the store already.`);
  if (await isFile(given)) return lookAtFile(given);
  if (!(await isFolder(given))) throw new UserError('not-found', `There is no file or folder ${given}.`);
  const files = await filesIn(given);
  const kind = kindOf(files);
  if (kind === undefined || !files.some((file) => file.endsWith('.safetensors'))) {
    throw new UserError(
      'bad-checkpoint',
      `${given} is no model folder: expected ${INDEX_FILE} (or config.json, or pytorch_lora_weights.safetensors) and weights in .safetensors files. ` +
        `A checkpoint in one file is imported by naming the file.`,
    );
  }
  const sized = files.map(async (file) => ({
    path: file,
    bytes: (await sizeIfFile(path.join(given, ...file.split('/')))) ?? 0,
  }));
  return { kind, home: given, files: await Promise.all(sized) };
}

/** By what describes it; whoever opens it sees whether that is true. */
function kindOf(files: readonly string[]): ModelKind | undefined {
  if (files.includes(INDEX_FILE)) return 'model';
  if (files.includes('config.json')) return 'unet';
  return files.includes('pytorch_lora_weights.safetensors') ? 'lora' : undefined;
}

async function lookAtFile(file: string): Promise<Source> {
  const name = path.basename(file);
  if (/\.(?:ckpt|pt|pth|bin|pkl)$/i.test(name)) {
    throw new UserError(
      'unsupported',
      `${file} is a PyTorch pickle file. Opening one can run any code its author put into it, so Fourstep reads only safetensors. Convert it with a tool that you trust.`,
    );
  }
  if (!name.endsWith('.safetensors')) {
    throw new UserError('unsupported', `${file} is no model: expected a model folder or a .safetensors file.`);
  }
  const files = [{ path: name, bytes: (await sizeIfFile(file)) ?? 0 }];
  return { kind: /lora/i.test(name) ? 'lora' : 'file', home: path.dirname(file), files };
}

/** Ordinary files and links to such, without what other tools keep beside a model. */
async function filesIn(home: string, inside = '', depth = 0): Promise<string[]> {
  if (depth > MOST_DEPTH) return [];
  const entries = await readdir(path.join(home, inside), { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.') || entry.name === RECORD_FILE) continue;
    const name = path.posix.join(inside, entry.name);
    if (entry.isDirectory()) files.push(...(await filesIn(home, name, depth + 1)));
    else if (isPart(entry.name) && (await isFile(path.join(home, name)))) files.push(name);
    if (files.length > MOST_FILES) {
      throw new UserError(
        'bad-checkpoint',
        `${home} has more than ${MOST_FILES} files; a model folder has a few dozen.`,
      );
    }
  }
  return files;
}

function isPart(name: string): boolean {
  return /\.(?:safetensors|json|txt)$/.test(name) || /^LICEN[CS]E/i.test(name);
}

/** An import must not take the place of another model. */
async function freeName(store: string, builtIn: readonly string[], wish: ImportWish): Promise<string> {
  const stem = safeStem(path.basename(wish.path).replace(/\.safetensors$/, ''));
  const words = stem.split(/[^\w.]+/).filter((word) => word !== '');
  const name = wish.name ?? words.join('-').replace(/\.$/, '');
  const parsed = checkedModelName(name);
  if (parsed.revision !== undefined) throw new UserError('bad-request', `A name has no revision; found ${name}.`);
  if (!builtIn.includes(name) && (await readRecord(store, name)) === undefined) return name;
  throw new UserError('bad-request', `There is a model called ${name} already. Give another name with --name.`);
}

async function checkRoom(store: string, { files }: Source): Promise<void> {
  const needed = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const free = await freeBytes(store);
  if (needed <= free) return;
  throw new UserError(
    'io',
    `A copy needs ${needed} bytes; the disk with ${store} has ${free} left. Import it without --copy.`,
  );
}

/** The files with their hashes, copied into `target` if there is one. */
async function take(
  source: Source,
  target: string | undefined,
  { signal, onProgress }: CheckOptions,
): Promise<StoredFile[]> {
  const total = source.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const stored: StoredFile[] = [];
  let done = 0;
  for (const { path: name, bytes } of source.files) {
    throwIfCancelled(signal);
    let place = path.join(source.home, ...name.split('/'));
    if (target !== undefined) {
      const copy = path.join(target, ...name.split('/'));
      await mkdir(path.dirname(copy), { recursive: true });
      await copyFile(place, copy, constants.COPYFILE_FICLONE);
      place = copy;
    }
    const hash = new ContentHash(bytes);
    const onBytes = (count: number): void => {
      done += count;
      onProgress({ phase: 'checking', done, total, file: name });
    };
    await hashInto(hash, place, { onBytes, ...(signal === undefined ? {} : { signal }) });
    if ((await lstat(place)).isFile() && (await sizeIfFile(place)) !== bytes) throw changed(place);
    stored.push({ path: name, bytes, sha256: hash.digests().sha256 });
  }
  return stored;
}

function changed(file: string): UserError {
  return new UserError('io', `${file} was changed while it was read. Try again.`);
}

function recordOf(name: string, { kind, home }: Source, files: readonly StoredFile[], copied: boolean): StoreRecord {
  return {
    version: 1,
    name,
    kind,
    installed: new Date().toISOString(),
    ...(copied ? {} : { place: home }),
    files: [...files],
  };
}
