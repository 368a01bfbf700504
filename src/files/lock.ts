/** A file that says which process works here; whoever finds one that is gone takes its place. */
import { randomUUID } from 'node:crypto';
import { link, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { UserError } from '../domain/errors';
import { isGone, isSame, thisProcess, type Owner } from './owner';
import { readRegular } from './regular-file';
import { TEMPORARY_EXTENSION } from './replace-file';

const MAX_BYTES = 1000;
const TRIES = 100;
const BETWEEN_MS = 20;
/** Taking over takes milliseconds; one that lasts longer belongs to a process that died in the middle. */
const STALE_TAKEOVER_MS = 10_000;
/** Without links a lock appears before its content does. */
const UNWRITTEN_MS = 1000;

/**
 * Makes this process the owner of the lock; it may be already. Returns the other one when it lives. The folder must exist. Throws the
 * system's error, and `io` when others come and go all the time.
 */
export async function acquireLock(file: string): Promise<Owner | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    if (await create(file)) return undefined;
    const owner = await lockOwner(file);
    if (owner !== undefined) return isSame(owner, thisProcess()) ? undefined : owner;
    await takeOver(file);
    await wait(BETWEEN_MS);
  }
  throw new UserError('io', `${file} cannot be made, because other processes do so all the time. Try again.`);
}

/** The owner, if there is one that lives. What cannot be read as an owner is none. */
export async function lockOwner(file: string): Promise<Owner | undefined> {
  const owner = await written(file);
  return owner === undefined || isGone(owner) ? undefined : owner;
}

/** Only one's own lock is removed. */
export async function releaseLock(file: string): Promise<void> {
  const owner = await written(file);
  if (owner !== undefined && isSame(owner, thisProcess())) await rm(file, { force: true });
}

/** A link appears with its whole content, and fails when the name is taken; not every file system has links. */
async function create(file: string): Promise<boolean> {
  const whole = `${file}.${randomUUID()}${TEMPORARY_EXTENSION}`;
  const text = JSON.stringify(thisProcess());
  await writeFile(whole, text, { flag: 'wx' });
  try {
    await link(whole, file).catch((error: unknown) => {
      if (isTaken(error)) throw error;
      return writeFile(file, text, { flag: 'wx' });
    });
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  } finally {
    await rm(whole, { force: true }).catch(() => undefined);
  }
}

/** One at a time: of two that found the same dead owner, the second must not remove what the first has just made. */
async function takeOver(file: string): Promise<void> {
  const guard = `${file}.takeover${TEMPORARY_EXTENSION}`;
  try {
    await writeFile(guard, '', { flag: 'wx' });
  } catch (error) {
    if (!isTaken(error)) throw error;
    if ((await ageMs(guard)) > STALE_TAKEOVER_MS) await rm(guard, { force: true });
    return;
  }
  try {
    const unwritten = (await written(file)) === undefined && (await ageMs(file)) < UNWRITTEN_MS;
    if (!unwritten && (await lockOwner(file)) === undefined) await rm(file, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

async function ageMs(file: string): Promise<number> {
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs;
}

async function written(file: string): Promise<Owner | undefined> {
  try {
    const value: unknown = JSON.parse((await readRegular(file, { most: MAX_BYTES })).toString('utf8'));
    return isOwner(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isOwner(value: unknown): value is Owner {
  if (typeof value !== 'object' || value === null) return false;
  const { host, pid, started } = value as Partial<Record<keyof Owner, unknown>>;
  return typeof host === 'string' && Number.isSafeInteger(pid) && Number(pid) > 0 && typeof started === 'string';
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
