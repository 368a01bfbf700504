/** Removes what a killed worker left of its jobs: nobody else can. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

/** A job and the folder it was writing to; all its files are called `<jobId>.…`. */
export interface JobFiles {
  readonly jobId: string;
  readonly outputDir: string;
}

/** Never throws: a folder that is gone has nothing to clean. */
export async function removeLeftovers({ jobId, outputDir }: JobFiles): Promise<void> {
  const names = await readdir(outputDir).catch(() => []);
  const ours = names.filter((name) => name.startsWith(`${jobId}.`));
  await Promise.all(ours.map((name) => rm(path.join(outputDir, name), { force: true }).catch(() => undefined)));
}

export function jobFilesOf(params: object): JobFiles | undefined {
  if (!('jobId' in params && 'outputDir' in params)) return undefined;
  const { jobId, outputDir } = params;
  return typeof jobId === 'string' && typeof outputDir === 'string' ? { jobId, outputDir } : undefined;
}
