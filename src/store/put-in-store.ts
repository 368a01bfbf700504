/** The last step of installing: a finished folder takes its place in the store, in one move. */
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { folderNameOf } from '../catalog/model-name';
import { PARTIAL_FOLDER, RECORD_FILE, type StoreRecord } from '../catalog/store-record';
import { fileError } from '../files/file-error';
import { exists } from '../files/kind-of-path';
import { replaceFile } from '../files/replace-file';

export async function writeRecord(folder: string, record: StoreRecord): Promise<void> {
  await replaceFile(path.join(folder, RECORD_FILE), async (handle) => {
    await handle.writeFile(`${JSON.stringify(record, undefined, 2)}\n`);
  });
}

/** What was there under the name goes out of the way first, and comes back when this fails. Throws `io`. */
export async function putInStore(store: string, finished: string, name: string): Promise<void> {
  const target = path.join(store, folderNameOf(name));
  const aside = path.join(store, PARTIAL_FOLDER, `${folderNameOf(name)}.${randomUUID()}.old`);
  try {
    await mkdir(path.dirname(aside), { recursive: true });
    const replaces = await exists(target);
    if (replaces) await rename(target, aside);
    try {
      await rename(finished, target);
    } catch (error) {
      if (replaces) await rename(aside, target);
      throw error;
    }
  } catch (error) {
    throw fileError(error, 'write', target);
  }
  // Windows does not remove what a process has mapped; clearing up does so later.
  await rm(aside, { recursive: true, force: true }).catch(() => undefined);
}
