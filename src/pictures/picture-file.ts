/** Picture files as bytes. */
import { readRegular } from '../files/regular-file';
import { fileError } from '../files/file-error';

/** Larger files are no pictures of ours, and would have to fit into memory as a whole. */
const MAX_FILE_BYTES = 256 * 2 ** 20;

/** Throws `not-found` or `io` when the file cannot be read, `bad-image` when it is no ordinary file or too large. */
export async function readPictureFile(file: string): Promise<Buffer> {
  try {
    return await readRegular(file, { most: MAX_FILE_BYTES, code: 'bad-image' });
  } catch (error) {
    throw fileError(error, 'read', file);
  }
}
