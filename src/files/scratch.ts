/** Scratch folders that carry their owner in their names, so that what a killed process left is found and removed by the next one. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { isGone, thisProcess } from './owner';

const PREFIX = '.fourstep';
const NAME = /^\.fourstep-([0-9a-f]{8})-(\d{1,10})-(\d{1,20})-\w+$/;

/** A new folder in `parent`. Throws the system's error. */
export async function makeScratch(parent: string): Promise<string> {
  const { host, pid, started } = thisProcess();
  return mkdtemp(path.join(parent, `${PREFIX}-${host}-${pid}-${started}-`));
}

/** Removes the scratch folders in `parent` whose owners are gone. Never throws: it is worth a look, and no reason to fail. */
export async function sweepScratch(parent: string): Promise<void> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const [, host = '', pid, started = ''] = NAME.exec(entry.name) ?? [];
    if (pid === undefined || !entry.isDirectory() || !isGone({ host, pid: Number(pid), started })) continue;
    await rm(path.join(parent, entry.name), { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}
