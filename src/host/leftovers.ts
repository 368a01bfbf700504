/** Removes what a killed worker left of its jobs: nobody else can. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { JobFiles } from '../contract/jobs';

/** Never throws: a folder that is gone has nothing to clean. */
export async function removeLeftovers({ jobId, folder }: JobFiles): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const ours = names.filter((name) => name.startsWith(`${jobId}.`));
  await Promise.all(ours.map((name) => rm(path.join(folder, name), { force: true }).catch(() => undefined)));
}
