/** What installing a model would mean: which files of which commit, what is here already, and what its authors ask for. */
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Catalog } from '../catalog/catalog';
import { cachedBlob, cachedSnapshot } from '../catalog/hub-cache';
import { checkedModelName, folderNameOf, type ModelName } from '../catalog/model-name';
import type { ModelPlaces } from '../catalog/model-places';
import type { PublishedModel } from '../catalog/published';
import { PARTIAL_FOLDER, readRecord, sizesOf } from '../catalog/store-record';
import type { ModelKind, ModelPlan, Precision } from '../contract/store-api';
import { UserError } from '../domain/errors';
import { sizeIfFile } from '../files/kind-of-path';
import { parseJson } from '../files/json-text';
import type { HubClient, HubFile, HubModel } from './hub-client';
import { neededFiles } from './needed-files';

export interface Wanted {
  readonly name: string;
  readonly precision: Precision;
}

export interface Planned {
  readonly plan: ModelPlan;
  /** `org/name` */
  readonly repo: string;
  /** What was asked for: a branch, a tag or a commit. */
  readonly ref: string;
  readonly files: readonly HubFile[];
}

/** Asks the hub. Throws UserError when there is no such model, or none that Fourstep can use. */
export async function planModel(
  client: HubClient,
  { catalog, places }: { readonly catalog: Catalog; readonly places: ModelPlaces },
  wanted: Wanted,
): Promise<Planned> {
  const published = catalog.published.find(({ id, name }) => id === wanted.name || name === wanted.name);
  const { name, repo, file, revision } = atHub(checkedModelName(published?.name ?? wanted.name));
  const ref = revision ?? published?.revision ?? 'main';
  const model = await client.model(repo, ref);
  const wishes = { repo, precision: wanted.precision, ...(file === undefined ? {} : { file }) };
  const needed = await neededFiles(model.files, wishes, (config) => readJson(client, model, config));
  if (published !== undefined) checkKnown(published, needed.files);
  const plan = await describe(
    model,
    { name, kind: needed.kind, files: needed.files, endpoint: client.access.endpoint },
    places,
  );
  return { plan, repo, ref, files: needed.files };
}

/** Also the small files of a gated model are for those who have accepted its licence. */
async function readJson(
  client: HubClient,
  { repo, revision, gated, license = 'unknown' }: HubModel,
  file: HubFile,
): Promise<unknown> {
  try {
    const text = await client.text(repo, revision, file);
    return parseJson(Buffer.from(text), `${repo}/${file.path}`, { pythonNumbers: true });
  } catch (error) {
    if (!gated || !(error instanceof UserError) || error.code !== 'bad-request') throw error;
    throw new UserError(
      'bad-request',
      `${repo} is given only to those who have accepted its licence (${license}). Read and accept it on ${client.access.endpoint}/${repo}, and set the access token of that account (HF_TOKEN, or "Fourstep: Set Access Token for Models"). Then try again.`,
      { cause: error },
    );
  }
}

function atHub(name: ModelName): ModelName & { readonly repo: string } {
  const { repo } = name;
  if (repo !== undefined) return { ...name, repo };
  throw new UserError('bad-request', `${name.name} is not at the hub; expected org/name, or a model of the list.`);
}

/** A digest that is known from elsewhere is a second witness. */
function checkKnown({ name, files = [] }: PublishedModel, found: readonly HubFile[]): void {
  for (const { path: file, sha256 } of files) {
    const other = found.find(
      (one) => one.path === file && one.digest.length === sha256.length && one.digest !== sha256,
    );
    if (other === undefined) continue;
    throw new UserError(
      'io',
      `${file} of ${name} is not the file that Fourstep's list knows: expected the SHA-256 ${sha256}, found ${other.digest}. ` +
        `Its authors have changed it, or the mirror is not to be trusted. To install it all the same, name its revision: ${name}@<commit>.`,
    );
  }
}

interface Described {
  readonly name: string;
  readonly kind: ModelKind;
  readonly files: readonly HubFile[];
  readonly endpoint: string;
}

async function describe(
  { repo, revision, gated, license }: HubModel,
  { name, kind, files, endpoint }: Described,
  places: ModelPlaces,
): Promise<ModelPlan> {
  const cachedAt = await completeSnapshot(places, repo, revision, files);
  const stored = await readRecord(places.store, name);
  const installed =
    stored?.record.source?.revision === revision &&
    files.every((file) => stored.record.files.some(({ path: own }) => own === file.path));
  const missing = installed || cachedAt !== undefined ? [] : await missingFiles(places, { name, repo }, files);
  return {
    name,
    endpoint,
    kind,
    revision,
    ...(license === undefined ? {} : { license }),
    licenseUrl: `${endpoint}/${repo}`,
    gated,
    files,
    ...sizesOf(files),
    missingBytes: missing.reduce((sum, bytes) => sum + bytes, 0),
    ...(cachedAt === undefined ? {} : { cachedAt }),
    installed,
    freeBytes: await freeBytes(places.store),
  };
}

/** A snapshot of just this commit that has every file in its full size. */
async function completeSnapshot(
  { hubCaches }: ModelPlaces,
  repo: string,
  revision: string,
  files: readonly HubFile[],
): Promise<string | undefined> {
  const snapshot = await cachedSnapshot(hubCaches, repo, revision);
  if (snapshot === undefined) return undefined;
  const sizes = await Promise.all(files.map((file) => sizeIfFile(path.join(snapshot.folder, ...file.path.split('/')))));
  return files.every((file, index) => sizes[index] === file.bytes) ? snapshot.folder : undefined;
}

/** Bytes of each file that neither an earlier try nor the hub's own cache has. */
async function missingFiles(
  { store, hubCaches }: ModelPlaces,
  { name, repo }: { readonly name: string; readonly repo: string },
  files: readonly HubFile[],
): Promise<number[]> {
  const partial = partialFolder(store, name);
  return Promise.all(
    files.map(async ({ digest, bytes }) => {
      if ((await cachedBlob(hubCaches, repo, digest)) !== undefined) return 0;
      const whole = (await sizeIfFile(path.join(partial, digest))) ?? 0;
      const begun = (await sizeIfFile(path.join(partial, `${digest}.incomplete`))) ?? 0;
      return Math.max(0, bytes - Math.max(whole, begun));
    }),
  );
}

/** Where the files of a model lie, named by their contents, until all are there. */
export function partialFolder(store: string, name: string): string {
  return path.join(store, PARTIAL_FOLDER, folderNameOf(name));
}

/** Of the disk that the folder is on, or would be. */
export async function freeBytes(folder: string): Promise<number> {
  for (let place = path.resolve(folder); ; place = path.dirname(place)) {
    const found = await statfs(place).catch(() => undefined);
    if (found !== undefined) return found.bavail * found.bsize;
    if (place === path.dirname(place)) return 0;
  }
}
