/**
 * A line over a TCP socket whose ends share no disk. Messages travel as between a process and its child, each with its length before it, and the bytes of
 * artifacts travel between them. The host's paths are its own; the worker has a folder in which the host's paths are mirrored.
 */
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { ArtifactUse } from '../../src/contract/artifact';
import { UserError } from '../../src/domain/errors';
import { isFolder } from '../../src/files/kind-of-path';
import { replaceFile } from '../../src/files/replace-file';
import type { Line } from '../../src/rpc/artifact-store';

const LENGTH_BYTES = 4;
const SCHEME = 'artifact://host';

/** A file or folder in a tree; '' is the tree itself. */
interface Entry {
  readonly name: string;
  /** null: a folder. */
  readonly bytes: Uint8Array | null;
}

type Frame =
  | { readonly kind: 'message'; readonly message: unknown }
  | { readonly kind: 'ask'; readonly id: number; readonly handle: string; readonly use: ArtifactUse }
  | { readonly kind: 'answer'; readonly id: number; readonly entries?: readonly Entry[]; readonly refusal?: string };

export interface CarriedLine extends Line {
  /** Called for every artifact that this end sends, before its bytes. */
  onCarry?: (handle: string) => void;
}

/** `mirror`: absolute path of a folder; absent at the host's end. */
export function socketLine(socket: Socket, mirror = ''): CarriedLine {
  const listeners = new Set<(message: unknown) => void>();
  const asked = new Map<number, { resolve: (entries: readonly Entry[]) => void; reject: (reason: Error) => void }>();
  /** What the other end may have: a host gives what it has put, a worker what is in its mirror. */
  const given = new Map<string, ArtifactUse>();
  let lastId = 0;
  let broken = false;

  const send = (frame: Frame): Promise<void> => {
    const body = serialize(frame);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(body.length);
    return new Promise((resolve) => {
      socket.write(Buffer.concat([length, body]), () => {
        resolve();
      });
    });
  };
  const pathOf = (handle: string): string => {
    if (!handle.startsWith(`${SCHEME}/`)) throw refused(handle, 'it is of another store');
    return path.join(mirror, path.sep, ...handle.slice(SCHEME.length).split('/').map(decodeURIComponent));
  };
  const checkGiven = (file: string, handle: string): ArtifactUse => {
    for (const [root, use] of given) {
      const inside = path.relative(root, file);
      if (!inside.startsWith('..') && !path.isAbsolute(inside)) return use;
    }
    throw refused(handle, 'nothing was given there');
  };
  const fetchInto = async (handle: string, use: ArtifactUse, file: string): Promise<void> => {
    if (broken) throw lineBroken();
    const id = ++lastId;
    const entries = await new Promise<readonly Entry[]>((resolve, reject) => {
      asked.set(id, { resolve, reject });
      void send({ kind: 'ask', id, handle, use });
    });
    for (const { name, bytes } of entries) await put(path.join(file, name), bytes);
  };
  const answer = async ({ id, handle, use }: Extract<Frame, { kind: 'ask' }>): Promise<void> => {
    try {
      const file = pathOf(handle);
      checkGiven(file, handle);
      line.onCarry?.(handle);
      await send({ kind: 'answer', id, entries: await entriesAt(file, use) });
    } catch (error) {
      await send({ kind: 'answer', id, refusal: (error as Error).message });
    }
  };
  const receive = (frame: Frame): void => {
    if (frame.kind === 'message') for (const listener of listeners) listener(frame.message);
    else if (frame.kind === 'ask') void answer(frame);
    else {
      const { id, entries, refusal = '' } = frame;
      if (entries === undefined) asked.get(id)?.reject(new UserError('bad-request', refusal));
      else asked.get(id)?.resolve(entries);
      asked.delete(id);
    }
  };
  socket.on('data', framesOf(receive));
  socket.on('close', () => {
    broken = true;
    for (const { reject } of asked.values()) reject(lineBroken());
    asked.clear();
  });

  const line: CarriedLine = {
    endpoint: {
      send: (message) => send({ kind: 'message', message }),
      listen: (onMessage) => {
        listeners.add(onMessage);
        return () => listeners.delete(onMessage);
      },
    },
    artifacts: {
      put: (file, use) => {
        const inside = mirror === '' ? file : path.join(path.sep, path.relative(mirror, file));
        given.set(path.resolve(file), use);
        return Promise.resolve(SCHEME + inside.split(path.sep).map(encodeURIComponent).join('/'));
      },
      get: async (handle, use) => {
        const file = pathOf(handle);
        if (mirror === '') checkGiven(file, handle);
        else given.set(file, use);
        await fetchInto(handle, use, file);
        return file;
      },
    },
  };
  return line;
}

function framesOf(receive: (frame: Frame) => void): (chunk: Buffer) => void {
  let received = Buffer.alloc(0);
  return (chunk) => {
    received = Buffer.concat([received, chunk]);
    for (;;) {
      const end = LENGTH_BYTES + (received.length < LENGTH_BYTES ? Infinity : received.readUInt32LE());
      if (received.length < end) return;
      const body = received.subarray(LENGTH_BYTES, end);
      received = received.subarray(end);
      receive(deserialize(body) as Frame);
    }
  };
}

/** Of a place, the folder that it is or lies in; of content, all of it. Nothing for what is not there. */
async function entriesAt(file: string, use: ArtifactUse): Promise<Entry[]> {
  const stats = await stat(file).catch(() => undefined);
  if (stats === undefined)
    return use === 'place' && (await isFolder(path.dirname(file))) ? [{ name: '..', bytes: null }] : [];
  if (!stats.isDirectory()) return use === 'place' ? [] : [{ name: '', bytes: await readFile(file) }];
  const folder: Entry = { name: '', bytes: null };
  if (use === 'place') return [folder];
  const entries = await readdir(file, { recursive: true, withFileTypes: true });
  const inside = entries.map(async (entry): Promise<Entry> => {
    const place = path.join(entry.parentPath, entry.name);
    return { name: path.relative(file, place), bytes: entry.isDirectory() ? null : await readFile(place) };
  });
  return [folder, ...(await Promise.all(inside))];
}

async function put(file: string, bytes: Uint8Array | null): Promise<void> {
  await mkdir(bytes === null ? file : path.dirname(file), { recursive: true });
  if (bytes === null) return;
  await replaceFile(file, async (handle) => {
    await handle.writeFile(bytes);
  });
}

function refused(handle: string, reason: string): UserError {
  return new UserError('bad-request', `The artifact handle "${handle}" cannot be used here: ${reason}.`);
}

function lineBroken(): UserError {
  return new UserError('worker-gone', 'The connection broke while a file was on its way.');
}
