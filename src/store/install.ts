/** Installing a model: what is here is used, the rest is fetched, and the model appears under its name only when all of it is there. */
import { copyFile, constants, link, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Catalog } from '../catalog/catalog';
import { cachedBlob } from '../catalog/hub-cache';
import type { ModelPlaces } from '../catalog/model-places';
import { installedModel, readRecord, type StoredFile, type StoreRecord } from '../catalog/store-record';
import type { InstallResult, ModelPlan, StoreProgress } from '../contract/store-api';
import { throwIfCancelled, UserError } from '../domain/errors';
import { fileError } from '../files/file-error';
import { sizeIfFile } from '../files/kind-of-path';
import { acquireLock, releaseLock } from '../files/lock';
import { ContentHash, hashInto, isContent } from './digests';
import { downloadFile } from './download-file';
import type { HubClient, HubFile } from './hub-client';
import { partialFolder, planModel, type Planned, type Wanted } from './plan';
import { putInStore, writeRecord } from './put-in-store';
import type { RetryOptions } from './retry';

export type Progress = Omit<StoreProgress, 'jobId'>;

export interface InstallOptions extends RetryOptions {
  readonly onProgress: (progress: Progress) => void;
  readonly accepted: boolean;
}

export interface Surroundings {
  readonly catalog: Catalog;
  readonly places: ModelPlaces;
}

/** Left on the disk beside the model, so that the system does not come to a halt. */
const RESERVE_BYTES = 200_000_000;

/** Throws UserError: the licence is not accepted, the disk is too small, the hub cannot be reached, a file is not what it should be. */
export async function installModel(
  client: HubClient,
  around: Surroundings,
  wanted: Wanted,
  options: InstallOptions,
): Promise<InstallResult> {
  options.onProgress({ phase: 'asking', done: 0, total: 0 });
  const planned = await planModel(client, around, wanted);
  const { plan } = planned;
  const { store } = around.places;
  if (plan.gated && !options.accepted) throw notAccepted(plan);
  if (plan.installed) return { ...(await found(store, plan.name)), fetchedBytes: 0, found: 'store' };
  return locked(store, plan.name, async () => {
    if (plan.cachedAt !== undefined) return linkSnapshot(store, planned, plan.cachedAt, options);
    if (plan.missingBytes + RESERVE_BYTES > plan.freeBytes) throw tooSmall(plan, store);
    return fetchAll(client, around.places, planned, options);
  });
}

function notAccepted({ name, license = 'unknown', licenseUrl }: ModelPlan): UserError {
  return new UserError(
    'bad-request',
    `${name} is given only to those who accept its licence (${license}). Read it on ${licenseUrl} and accept it there, then say so here.`,
  );
}

function tooSmall({ name, missingBytes, freeBytes: free }: ModelPlan, store: string): UserError {
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
  return new UserError(
    'io',
    `${name} needs ${megabytes(missingBytes + RESERVE_BYTES)} on the disk with ${store}, which has ${megabytes(free)} left. ` +
      `Free some space (fourstep models clean, fourstep models remove), or name another folder in FOURSTEP_MODELS_DIR.`,
  );
}

async function found(store: string, name: string): Promise<Pick<InstallResult, 'model'>> {
  const stored = await readRecord(store, name);
  if (stored === undefined) throw new UserError('io', `${name} has just been removed from ${store}.`);
  return { model: installedModel(stored) };
}

/** Two programs that fetch the same model would write into the same files. */
async function locked<T>(store: string, name: string, work: () => Promise<T>): Promise<T> {
  const folder = partialFolder(store, name);
  const lock = `${folder}.lock`;
  await mkdir(path.dirname(folder), { recursive: true }).catch((error: unknown) => {
    throw fileError(error, 'use the store', store);
  });
  const busy = new UserError(
    'bad-request',
    `${name} is being installed already, by this or another program. Wait for it.`,
  );
  if (running.has(lock)) throw busy;
  running.add(lock);
  try {
    if ((await acquireLock(lock)) !== undefined) throw busy;
    return await work();
  } finally {
    running.delete(lock);
    await releaseLock(lock);
  }
}

/** Of this process; a lock does not keep its own owner out. */
const running = new Set<string>();

/** All of it is in the hub's own cache: the store only notes where, and what it is. */
async function linkSnapshot(
  store: string,
  planned: Planned,
  snapshot: string,
  { onProgress, signal }: InstallOptions,
): Promise<InstallResult> {
  const { files, plan } = planned;
  let done = 0;
  const stored: StoredFile[] = [];
  for (const file of files) {
    onProgress({ phase: 'checking', done, total: plan.bytes, file: file.path });
    const place = path.join(snapshot, ...file.path.split('/'));
    const hash = new ContentHash(file.bytes);
    await hashInto(hash, place, signal === undefined ? {} : { signal });
    const digests = hash.digests();
    if (!isContent(digests, file.digest)) throw damaged(place);
    stored.push({ path: file.path, bytes: file.bytes, sha256: digests.sha256 });
    done += file.bytes;
  }
  const record = { ...recordOf(planned, stored), place: snapshot };
  const folder = partialFolder(store, plan.name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeRecord(folder, record);
  await putInStore(store, folder, plan.name);
  return { ...(await found(store, plan.name)), fetchedBytes: 0, found: 'cache' };
}

function damaged(file: string): UserError {
  return new UserError(
    'bad-checkpoint',
    `${file} in the hub's own cache is damaged: it is not what the hub says it is. Remove it there, then install the model again.`,
  );
}

async function fetchAll(
  client: HubClient,
  { store, hubCaches }: ModelPlaces,
  planned: Planned,
  options: InstallOptions,
): Promise<InstallResult> {
  const { plan, repo, files } = planned;
  const { onProgress, signal } = options;
  const folder = partialFolder(store, plan.name);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw fileError(error, 'write', folder);
  });
  await takeApart(folder, files);
  const source = { access: client.access, repo, revision: plan.revision };
  let done = 0;
  let fetched = 0;
  const stored: StoredFile[] = [];
  for (const file of files) {
    throwIfCancelled(signal);
    const tell = (phase: Progress['phase'], more: Partial<Progress> = {}): void => {
      onProgress({ phase, done: Math.max(0, done), total: plan.bytes, file: file.path, ...more });
    };
    const blob = path.join(folder, file.digest);
    tell('checking');
    const known = await here(blob, file, await cachedBlob(hubCaches, repo, file.digest), signal);
    if (known !== undefined) {
      done += file.bytes;
      stored.push({ path: file.path, bytes: file.bytes, sha256: known });
      continue;
    }
    const begun = (await sizeIfFile(`${blob}.incomplete`)) ?? 0;
    fetched += file.bytes - Math.min(begun, file.bytes);
    const sha256 = await downloadFile(source, file, blob, {
      ...options,
      onBytes: (count) => {
        done += count;
        tell('downloading');
      },
      onWait: (wait, reason) => {
        tell('waiting', { wait, reason });
      },
    });
    stored.push({ path: file.path, bytes: file.bytes, sha256 });
  }
  await assemble(folder, planned, stored);
  await putInStore(store, path.join(folder, ASSEMBLED), plan.name);
  await rm(folder, { recursive: true, force: true });
  return { ...(await found(store, plan.name)), fetchedBytes: fetched };
}

/** SHA-256 of what an earlier try has fetched, or of what the hub's own cache has, which then is linked in; undefined when there is neither. */
async function here(
  blob: string,
  file: HubFile,
  cached: string | undefined,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const options = signal === undefined ? {} : { signal };
  for (const place of [blob, cached]) {
    if (place === undefined || (await sizeIfFile(place)) !== file.bytes) continue;
    const hash = new ContentHash(file.bytes);
    await hashInto(hash, place, options);
    const digests = hash.digests();
    if (!isContent(digests, file.digest)) continue;
    if (place !== blob) await takeOver(place, blob);
    return digests.sha256;
  }
  await rm(blob, { force: true });
  return undefined;
}

/** The same file under a second name; on another disk, or where there are no such names, a copy. */
async function takeOver(place: string, blob: string): Promise<void> {
  await rm(blob, { force: true });
  await link(place, blob)
    .catch(() => copyFile(place, blob, constants.COPYFILE_FICLONE))
    .catch((error: unknown) => {
      throw fileError(error, 'write', blob);
    });
}

const ASSEMBLED = 'model';

/** The model's own folder out of contents; a content may be in it twice. */
async function assemble(folder: string, planned: Planned, stored: readonly StoredFile[]): Promise<void> {
  const model = path.join(folder, ASSEMBLED);
  await rm(model, { recursive: true, force: true });
  await mkdir(model);
  try {
    for (const { path: name, digest } of planned.files) {
      const target = path.join(model, ...name.split('/'));
      await mkdir(path.dirname(target), { recursive: true });
      const blob = path.join(folder, digest);
      const again = planned.files.filter((file) => file.digest === digest).length > 1;
      await (again ? takeOver(blob, target) : rename(blob, target));
    }
  } catch (error) {
    throw fileError(error, 'write', model);
  }
  await writeRecord(model, recordOf(planned, stored));
}

/** A process that ended while it assembled has left contents under their later names. */
async function takeApart(folder: string, files: readonly HubFile[]): Promise<void> {
  for (const { path: name, digest } of files) {
    const [placed, blob] = [path.join(folder, ASSEMBLED, ...name.split('/')), path.join(folder, digest)];
    if ((await sizeIfFile(placed)) !== undefined && (await sizeIfFile(blob)) === undefined) await rename(placed, blob);
  }
  await rm(path.join(folder, ASSEMBLED), { recursive: true, force: true });
}

function recordOf({ plan, ref }: Planned, files: readonly StoredFile[]): StoreRecord {
  const { name, kind, endpoint, revision, license } = plan;
  return {
    version: 1,
    name,
    kind,
    source: { endpoint, revision, ref },
    ...(license === undefined ? {} : { license }),
    installed: new Date().toISOString(),
    files: [...files],
  };
}
