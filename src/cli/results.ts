/** Puts finished pictures under their names: in one move, and never over a file that is there. */
import { constants, copyFile, link, mkdir, rm, unlink } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, UserError } from '../domain/errors';
import { numberedNames } from '../domain/file-names';
import { makeScratch, sweepScratch } from '../files/scratch';

/**
 * Gives `work` a scratch folder inside `folder`, which is made when it is missing, and removes it afterwards. What killed processes have
 * left there goes too.
 */
export async function withScratch<T>(folder: string, work: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = await scratchIn(folder);
  try {
    return await work(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function scratchIn(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    await sweepScratch(folder);
    return await makeScratch(folder);
  } catch (error) {
    throw new UserError('io', `Cannot write into the output folder ${folder}: ${messageOf(error)}.`, { cause: error });
  }
}

/** Moves `file` to the first free "<stem>.<ext>", "<stem>-2.<ext>" … in `folder`; returns the path. */
export async function keep(file: string, folder: string, stem: string): Promise<string> {
  for (const name of numberedNames(stem, path.extname(file).slice(1))) {
    const target = path.join(folder, name);
    if (await placed(file, target)) {
      await unlink(file);
      return target;
    }
  }
  throw new Error('unreachable: the list of names has no end');
}

/** False when the name is taken. A hard link appears whole and fails when the name exists; not every file system has them. */
async function placed(file: string, target: string): Promise<boolean> {
  try {
    await link(file, target).catch((error: unknown) => {
      if (isTaken(error)) throw error;
      return copyFile(file, target, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw new UserError('io', `Cannot write ${target}: ${messageOf(error)}.`, { cause: error });
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
