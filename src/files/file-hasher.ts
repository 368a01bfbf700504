/** SHA-256 of files, each read once for as long as it does not change. */
import { createHash } from 'node:crypto';
import { UserError } from '../domain/errors';
import { fileState } from './file-state';
import { openRegular } from './regular-file';
import { fileError } from './file-error';

export class FileHasher {
  readonly #hashes = new Map<string, Promise<string>>();

  /** SHA-256 (hex) of the file; remembered while it is the same file in the same state. Throws `not-found` or `io`. */
  async hash(file: string): Promise<string> {
    const state = await stateOf(file);
    const key = `${state} ${file}`;
    const known = this.#hashes.get(key);
    if (known !== undefined) return known;
    const computed = hashFile(file, state);
    this.#hashes.set(key, computed);
    computed.catch(() => this.#hashes.delete(key));
    return computed;
  }
}

async function stateOf(file: string): Promise<string> {
  return fileState(file).catch((error: unknown) => {
    throw fileError(error, 'read', file);
  });
}

async function hashFile(file: string, state: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    const handle = await openRegular(file, 'bad-checkpoint');
    // Closes the file at its end.
    for await (const chunk of handle.createReadStream({ highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
  } catch (error) {
    throw fileError(error, 'read', file);
  }
  if ((await stateOf(file)) !== state) {
    throw new UserError('io', `${file} was changed while it was read. Try again.`);
  }
  return hash.digest('hex');
}
