/** SHA-256 of files, each read once for as long as it does not change. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { openRegular } from './regular-file';
import { fileError } from './file-error';

export class FileHasher {
  readonly #hashes = new Map<string, Promise<string>>();

  /** SHA-256 (hex) of the file; remembered while its size and time of change stay the same. Throws `not-found` or `io`. */
  async hash(file: string): Promise<string> {
    const { size, mtimeMs } = await stat(file).catch((error: unknown) => {
      throw fileError(error, 'read', file);
    });
    const key = `${size} ${mtimeMs} ${file}`;
    const known = this.#hashes.get(key);
    if (known !== undefined) return known;
    const computed = hashFile(file);
    this.#hashes.set(key, computed);
    computed.catch(() => this.#hashes.delete(key));
    return computed;
  }
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    const handle = await openRegular(file, 'bad-checkpoint');
    // Closes the file at its end.
    for await (const chunk of handle.createReadStream({ highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
  } catch (error) {
    throw fileError(error, 'read', file);
  }
  return hash.digest('hex');
}
