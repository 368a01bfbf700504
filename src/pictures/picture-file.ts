/** Picture files as bytes. */
import { readFile, stat } from 'node:fs/promises';
import { UserError } from '../domain/errors';
import { fileError } from '../files/file-error';

/** Larger files are no pictures of ours, and would have to fit into memory as a whole. */
const MAX_FILE_BYTES = 256 * 2 ** 20;

/** Throws `not-found` or `io` when the file cannot be read, `bad-image` when it is no ordinary file or too large. */
export async function readPictureFile(file: string): Promise<Buffer> {
  try {
    const stats = await stat(file);
    // A pipe or a device has no size and may never end.
    if (!stats.isFile()) throw new UserError('bad-image', `${file} is not a file; expected a picture file.`);
    if (stats.size > MAX_FILE_BYTES) {
      throw new UserError('bad-image', `${file} has ${stats.size} bytes; at most ${MAX_FILE_BYTES} are read.`);
    }
    return await readFile(file);
  } catch (error) {
    throw fileError(error, 'read', file);
  }
}
