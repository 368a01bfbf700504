/** Whether a model of the store still is what was installed: every file is read and compared. */
import path from 'node:path';
import { homeOf, type StoredModel } from '../catalog/store-record';
import type { VerifyResult } from '../contract/store-api';
import { messageOf, throwIfCancelled, UserError } from '../domain/errors';
import { sizeIfFile } from '../files/kind-of-path';
import { ContentHash, hashInto } from './digests';
import type { Progress } from './install';

export interface CheckOptions {
  readonly signal?: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

export async function verifyModel(model: StoredModel, { signal, onProgress }: CheckOptions): Promise<VerifyResult> {
  const { files, name } = model.record;
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const problems: { path: string; problem: string }[] = [];
  let done = 0;
  for (const file of files) {
    const begun = done;
    const onBytes = (count: number): void => {
      done += count;
      onProgress({ phase: 'checking', done, total, file: file.path });
    };
    const place = path.join(homeOf(model), ...file.path.split('/'));
    const problem = await problemWith(place, file, { onBytes, ...(signal === undefined ? {} : { signal }) });
    if (problem !== undefined) problems.push({ path: file.path, problem });
    done = begun + file.bytes;
  }
  return { name, files: files.length, bytes: total, problems };
}

interface Expected {
  readonly bytes: number;
  readonly sha256: string;
}

async function problemWith(
  place: string,
  { bytes, sha256 }: Expected,
  options: { readonly signal?: AbortSignal; readonly onBytes: (count: number) => void },
): Promise<string | undefined> {
  const size = await sizeIfFile(place);
  if (size === undefined) return 'it is missing';
  if (size !== bytes) return `it has ${size} bytes; ${bytes} were installed`;
  const hash = new ContentHash(bytes);
  try {
    await hashInto(hash, place, options);
  } catch (error) {
    throwIfCancelled(options.signal);
    if (error instanceof UserError) throw error;
    return `it cannot be read (${messageOf(error)})`;
  }
  return hash.digests().sha256 === sha256 ? undefined : 'its content has changed since it was installed';
}
