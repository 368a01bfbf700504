/**
 * One file from the hub to the disk: it goes on where it stopped, and gets its name only when it is what the hub says it is. `@huggingface/hub` starts
 * every download from the beginning and compares nothing, so this is our own.
 */
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { throwIfCancelled, UserError } from '../domain/errors';
import { fileError } from '../files/file-error';
import { isFile } from '../files/kind-of-path';
import { TEMPORARY_EXTENSION } from '../files/replace-file';
import { ContentHash, hashInto, isContent } from './digests';
import type { HubAccess } from './hub-access';
import { refused, type HubFile } from './hub-client';
import { withRetries, type RetryOptions } from './retry';
import { reading, send, Transient, type Answer } from './transport';

export interface FileSource {
  readonly access: HubAccess;
  readonly repo: string;
  readonly revision: string;
}

export interface DownloadOptions extends RetryOptions {
  /** Bytes that have newly arrived, or were there already; negative when some are thrown away. */
  readonly onBytes: (count: number) => void;
}

/** Contents that are not what the hub says, in a row, after which it is given up: the first may be a broken piece of an earlier try. */
const MOST_WRONG = 2;

/** Fetches `file` into `target`; returns its SHA-256. Throws UserError; what has arrived stays beside it for the next time. */
export async function downloadFile(
  source: FileSource,
  file: HubFile,
  target: string,
  options: DownloadOptions,
): Promise<string> {
  const partial = `${target}${TEMPORARY_EXTENSION}`;
  for (let wrong = 1; ; wrong++) {
    const piece = await beginning(partial, file, options);
    await withRetries(`${source.repo}/${file.path}`, { ...options, gained: () => piece.done }, () =>
      receive(source, file, piece, options),
    );
    const digests = piece.hash.digests();
    if (isContent(digests, file.digest)) {
      await rename(partial, target).catch(failed('write', target));
      return digests.sha256;
    }
    options.onBytes(-piece.done);
    await rm(partial, { force: true });
    if (wrong >= MOST_WRONG) throw wrongContent(source, file);
  }
}

/** What there is of a file, and the hash over it. */
interface Piece {
  readonly path: string;
  hash: ContentHash;
  done: number;
}

/** An earlier try's piece is read once for the hash. */
async function beginning(path: string, file: HubFile, { signal, onBytes }: DownloadOptions): Promise<Piece> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > file.bytes) await rm(path, { force: true });
  const piece: Piece = { path, hash: new ContentHash(file.bytes), done: 0 };
  if (size === 0 || size > file.bytes) return piece;
  await hashInto(piece.hash, path, signal === undefined ? {} : { signal }).catch(failed('read', path));
  piece.done = size;
  onBytes(size);
  return piece;
}

async function receive(source: FileSource, file: HubFile, piece: Piece, options: DownloadOptions): Promise<void> {
  if (piece.done === file.bytes && (await isFile(piece.path))) return;
  const answer = await ask(source, file, piece, options);
  try {
    checkSame(answer.first, source, file);
    if (!isContinuation(answer, piece.done, file.bytes)) restart(piece, file, options);
    await write(answer, file, piece, options);
  } finally {
    answer.body.destroy();
  }
  if (piece.done < file.bytes) {
    throw new Transient(`the connection ended after ${piece.done} of ${file.bytes} bytes of ${file.path}`);
  }
}

async function ask(
  { access, repo, revision }: FileSource,
  file: HubFile,
  { done }: Piece,
  options: DownloadOptions,
): Promise<Answer> {
  const where = file.path.split('/').map(encodeURIComponent).join('/');
  const url = new URL(`${access.endpoint}/${repo}/resolve/${revision}/${where}`);
  const { patience, signal } = options;
  const answer = await send(access, url, {
    headers: done === 0 ? {} : { range: `bytes=${done}-` },
    silentMs: patience.silentMs,
    ...(signal === undefined ? {} : { signal }),
  });
  if (answer.status === 200 || answer.status === 206 || answer.status === 416) return answer;
  answer.body.destroy();
  if (answer.status === 404) throw gone(repo, revision, file);
  throw refused(answer.status, access, { repo });
}

/** The hub says with its answer what the file is; a revision can be replaced between two questions. */
function checkSame(first: IncomingHttpHeaders, { repo, revision }: FileSource, file: HubFile): void {
  const tag = [first['x-linked-etag'], first.etag].find((value) => typeof value === 'string');
  const [, found] = /^(?:W\/)?"?([0-9a-f]{40}|[0-9a-f]{64})"?$/.exec(tag ?? '') ?? [];
  const commit = first['x-repo-commit'];
  const moved = typeof commit === 'string' && /^[0-9a-f]{40}$/.test(commit) && commit !== revision;
  // Another form of the same content has another length; only what can be compared is.
  const other = found?.length === file.digest.length && found !== file.digest;
  if (!moved && !other) return;
  throw new UserError(
    'io',
    `${repo} has been changed at the hub while it was fetched: ${file.path} is another file now. Install it again to get the new version.`,
  );
}

/** False for a whole file, which servers and proxies may send although only its end was asked for. */
function isContinuation({ status, headers }: Answer, done: number, total: number): boolean {
  if (status !== 206) return done === 0 && status === 200;
  const [, from, all] = /^bytes (\d{1,16})-\d{1,16}\/(\d{1,16}|\*)$/.exec(headers['content-range'] ?? '') ?? [];
  if (Number(from) === done && (all === '*' || Number(all) === total)) return true;
  throw new Transient(`the server sent another part of the file than the one that was asked for`);
}

function restart(piece: Piece, file: HubFile, { onBytes }: DownloadOptions): void {
  onBytes(-piece.done);
  piece.done = 0;
  piece.hash = new ContentHash(file.bytes);
}

async function write(answer: Answer, file: HubFile, piece: Piece, { signal, onBytes }: DownloadOptions): Promise<void> {
  const handle = await open(piece.path, piece.done === 0 ? 'w' : 'r+').catch(failed('write', piece.path));
  try {
    if (answer.status === 416) throw new Transient('the server has no such part of the file');
    for await (const chunk of reading(answer)) {
      throwIfCancelled(signal);
      if (piece.done + chunk.length > file.bytes) throw tooLong(file);
      await writeAll(handle, chunk, piece.done).catch(failed('write', piece.path));
      piece.hash.update(chunk);
      piece.done += chunk.length;
      onBytes(chunk.length);
    }
    // Without this, a power cut after the rename could leave a file with its full length and no content.
    if (piece.done === file.bytes) await handle.sync().catch(failed('write', piece.path));
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, at: number): Promise<void> {
  for (let written = 0; written < chunk.length;) {
    written += (await handle.write(chunk, written, chunk.length - written, at + written)).bytesWritten;
  }
}

function failed(verb: string, file: string): (error: unknown) => never {
  return (error) => {
    throw fileError(error, verb, file);
  };
}

function tooLong(file: HubFile): Error {
  return new Transient(`the server sent more than the ${file.bytes} bytes of ${file.path}`);
}

function gone(repo: string, revision: string, { path }: HubFile): UserError {
  return new UserError(
    'not-found',
    `${path} of ${repo} is not there at the commit ${revision.slice(0, 7)}, although the hub has just listed it. It has been changed at the hub; install it again.`,
  );
}

function wrongContent({ access, repo }: FileSource, { path, digest }: HubFile): UserError {
  return new UserError(
    'io',
    `What ${access.endpoint} sends as ${path} of ${repo} is not what the hub says it is (${digest.slice(0, 12)}…), twice in a row. Nothing of it is kept. Try again later, or without the mirror or proxy in between.`,
  );
}
