/** Writes a file so that a reader sees the whole old one or the whole new one, never a part. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { fileError } from './file-error';

/** Ends the name of every unfinished file. */
export const TEMPORARY_EXTENSION = '.incomplete';

/**
 * Lets `write` fill a new file beside `file`, then puts it in `file`'s place. When anything fails, the new file is
 * removed and `file` stays as it was. Throws UserError('io') when the disk is full, read-only or not permitted.
 */
export async function replaceFile(file: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const temporary = `${file}.${randomUUID()}${TEMPORARY_EXTENSION}`;
  try {
    const handle = await open(temporary, 'wx');
    try {
      await write(handle);
      // Without this, a power cut after the rename could leave a file with its full length and no content.
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    // The first failure is the one to tell; the same trouble may keep this one from working.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(error, 'write', file);
  }
}
