/**
 * Files nobody vouches for, opened only when they are ordinary files: a pipe never begins, a device never ends, and a link may lead to
 * either. What is read is bounded by the kind of file it should be.
 */
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { UserError, type ErrorCode } from '../domain/errors';
import { decodeText } from '../domain/text-bytes';
import { fileError, isMissing } from './file-error';

/** Kinds of files that are small by nature, in bytes; anything larger is something else. */
export const LIMITS = {
  /** A config of a model, a style's description: kilobytes. */
  config: 1_000_000,
  /** CLIP's vocabulary and merges take 1 MB, the index of a large model in many files 0.2 MB. */
  table: 16_000_000,
  /** Captions of the largest icon set. */
  captions: 16_000_000,
} as const;

export interface ReadOptions {
  /** Most bytes that are read. */
  readonly most: number;
  /** Of the error for a file that is no ordinary one, or too large. */
  readonly code?: ErrorCode;
}

/**
 * Opens the file for reading. Throws a UserError of that code (`io`) when it is no ordinary file, and the system's own error when it cannot
 * be opened.
 */
export async function openRegular(file: string, code: ErrorCode = 'io'): Promise<FileHandle> {
  // Asked before, because opening alone may do something to a device; and after, because it may be another file by now.
  check(file, await stat(file), code);
  // Windows has no such flag, and no pipes among its files. The types do not say so.
  const nonBlocking = (constants as Partial<typeof constants>).O_NONBLOCK ?? 0;
  const handle = await open(file, constants.O_RDONLY | nonBlocking);
  try {
    check(file, await handle.stat(), code);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The whole file. Throws as {@link openRegular} does, and for more than `most` bytes, whatever the file says its size is. */
export async function readRegular(file: string, { most, code = 'io' }: ReadOptions): Promise<Buffer> {
  const handle = await openRegular(file, code);
  try {
    const { size } = await handle.stat();
    if (size > most) throw tooLarge(file, size, { most, code });
    const bytes = Buffer.allocUnsafe(size);
    const length = await fill(handle, bytes);
    // It has grown, or is one of those that have no size.
    const { bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, length);
    if (bytesRead > 0) throw new UserError(code, `${file} has changed while it was read. Try again.`);
    return bytes.subarray(0, length);
  } finally {
    await handle.close();
  }
}

/** The whole file as text, in whatever encoding it is; '' when there is none. Throws `io`, and as {@link readRegular} does. */
export async function textIfThere(file: string, options: ReadOptions): Promise<string> {
  try {
    return decodeText(await readRegular(file, options));
  } catch (error) {
    if (isMissing(error)) return '';
    throw fileError(error, 'read', file);
  }
}

async function fill(handle: FileHandle, bytes: Buffer): Promise<number> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

interface Kind {
  isFile(): boolean;
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
}

function check(file: string, stats: Kind, code: ErrorCode): void {
  if (stats.isFile()) return;
  const found = stats.isDirectory()
    ? 'a folder'
    : stats.isFIFO()
      ? 'a pipe'
      : stats.isSocket()
        ? 'a socket'
        : 'a device';
  throw new UserError(code, `${file} is ${found}, expected a file.`);
}

function tooLarge(file: string, size: number, { most, code }: Required<ReadOptions>): UserError {
  return new UserError(code, `${file} has ${size} bytes; a file of its kind has at most ${most}.`);
}
