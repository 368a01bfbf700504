/** The store's own description of a model: one file in each folder of the store. It is read whole or not at all. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import type { InstalledModel } from '../contract/store-api';
import { absolutePath, problemOf, text, whole } from '../contract/schema';
import { UserError } from '../domain/errors';
import { exists } from '../files/kind-of-path';
import { isWithin } from '../files/inside';
import { readJsonFile } from '../files/json-text';
import { LIMITS } from '../files/regular-file';
import { folderNameOf } from './model-name';

export const RECORD_FILE = 'fourstep-model.json';
/** Unfinished downloads lie in here; it is no model's name. */
export const PARTIAL_FOLDER = '.partial';

const storedFile = v.object({
  /** Inside the model, with forward slashes. */
  path: text,
  bytes: whole,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected a SHA-256')),
});

const recordSchema = v.object({
  version: v.literal(1),
  name: text,
  kind: v.picklist(['model', 'unet', 'decoder', 'lora', 'file']),
  /** Absent for what was imported. */
  source: v.exactOptional(v.object({ endpoint: text, revision: text, ref: text })),
  license: v.exactOptional(text),
  installed: text,
  /** Where the files lie if not beside this record: a folder of the user's, or of the hub's own cache. */
  place: v.exactOptional(absolutePath),
  files: v.array(storedFile),
});

export type StoreRecord = v.InferOutput<typeof recordSchema>;
export type StoredFile = v.InferOutput<typeof storedFile>;

export interface StoredModel {
  readonly record: StoreRecord;
  /** The folder of the store that belongs to it. */
  readonly folder: string;
}

/** Throws UserError naming the file when there is one and it cannot be used; undefined when there is none. */
export async function readRecord(store: string, name: string): Promise<StoredModel | undefined> {
  const folder = path.join(store, folderNameOf(name));
  if (!isWithin(store, folder) || folder === store) return undefined;
  const file = path.join(folder, RECORD_FILE);
  if (!(await exists(file))) return undefined;
  const parsed = v.safeParse(recordSchema, await readJsonFile(file, LIMITS.table));
  if (!parsed.success) {
    throw new UserError('bad-checkpoint', `${file} cannot be used: ${problemOf(parsed.issues, 'the record')}.`);
  }
  return { record: parsed.output, folder };
}

/** All models of the store by name; folders without a usable record are left out and named. */
export async function readRecords(
  store: string,
): Promise<{ readonly models: readonly StoredModel[]; readonly problems: readonly string[] }> {
  const entries = await readdir(store, { withFileTypes: true }).catch(() => []);
  const models: StoredModel[] = [];
  const problems: string[] = [];
  const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  for (const name of names.sort()) {
    try {
      const model = await readRecord(store, name);
      if (model !== undefined) models.push(model);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error.message);
    }
  }
  return { models, problems };
}

/** The folder that holds a model's files. */
export function homeOf({ record, folder }: StoredModel): string {
  return record.place ?? folder;
}

/** What is opened: the folder, or the only file of a model in one file. */
export function pathOf(model: StoredModel): string {
  const { kind, files } = model.record;
  const weights = files.filter(({ path: name }) => isWeights(name));
  const [only] = weights;
  return (kind === 'file' || kind === 'lora') && only !== undefined
    ? path.join(homeOf(model), ...only.path.split('/'))
    : homeOf(model);
}

export function isWeights(name: string): boolean {
  return name.endsWith('.safetensors');
}

/** The sizes of the files, and of those among them that are weights. */
export function sizesOf(files: readonly { readonly path: string; readonly bytes: number }[]): {
  readonly bytes: number;
  readonly weightBytes: number;
} {
  const sum = (some: typeof files): number => some.reduce((total, { bytes }) => total + bytes, 0);
  return { bytes: sum(files), weightBytes: sum(files.filter(({ path: name }) => isWeights(name))) };
}

export function installedModel(model: StoredModel): InstalledModel {
  const { name, kind, source, license, place, files } = model.record;
  return {
    name,
    kind,
    path: pathOf(model),
    own: place === undefined,
    ...sizesOf(files),
    ...(source === undefined ? {} : { revision: source.revision }),
    ...(license === undefined ? {} : { license }),
  };
}
