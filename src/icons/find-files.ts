/** Files in a folder that may hold icons. */
import { readdir } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import path from 'node:path';
import { messageOf, throwIfCancelled, UserError } from '../domain/errors';

export type IconFileKind = 'svg' | 'bitmap' | 'component';

export interface IconFile {
  /** Relative to the folder, with "/". */
  readonly id: string;
  /** Absolute. */
  readonly path: string;
  readonly kind: IconFileKind;
}

const KINDS: Readonly<Record<string, IconFileKind>> = {
  '.svg': 'svg',
  '.png': 'bitmap',
  '.webp': 'bitmap',
  '.ico': 'bitmap',
  '.tsx': 'component',
  '.jsx': 'component',
  '.vue': 'component',
  '.svelte': 'component',
};

/** Folders of other people's code and of what is made from ours. */
const IGNORED = new Set(['node_modules', 'bower_components', 'vendor', 'dist', 'build', 'out', 'target', 'coverage']);
/** A folder with more entries is a disk, no icon set. */
const MAX_ENTRIES = 200_000;
const MAX_DEPTH = 24;

/** In a fixed order. Links are not followed. Throws `not-found` or `io` when the folder cannot be read. */
export async function findIconFiles(folder: string, signal?: AbortSignal): Promise<IconFile[]> {
  const found: IconFile[] = [];
  let left = MAX_ENTRIES;
  const walk = async (relative: string, depth: number): Promise<void> => {
    throwIfCancelled(signal);
    const entries = await entriesOf(folder, relative);
    left -= entries.length;
    if (left < 0) {
      throw new UserError('bad-request', `${folder} holds more than ${MAX_ENTRIES} files. Choose the folder of icons.`);
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const id = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.') && !IGNORED.has(entry.name) && depth < MAX_DEPTH) await walk(id, depth + 1);
        continue;
      }
      const file = entry.isFile() ? iconFileOf(folder, id) : undefined;
      if (file !== undefined) found.push(file);
    }
  };
  await walk('', 0);
  return found;
}

/** Undefined when the name is that of no icon file, or leads out of the folder. */
export function iconFileOf(folder: string, id: string): IconFile | undefined {
  const kind = KINDS[path.extname(id).toLowerCase()];
  const isInside = !path.isAbsolute(id) && !id.split(/[\\/]/).includes('..') && !id.includes('\0');
  return kind !== undefined && isInside ? { id, path: path.join(folder, id), kind } : undefined;
}

/** Folders inside that may not be read are passed over. */
async function entriesOf(folder: string, relative: string): Promise<Dirent[]> {
  try {
    return await readdir(path.join(folder, relative), { withFileTypes: true });
  } catch (error) {
    if (relative !== '') return [];
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const what = isMissing ? 'does not exist' : `cannot be read: ${messageOf(error)}`;
    throw new UserError(isMissing ? 'not-found' : 'io', `The folder ${folder} ${what}. Choose a folder of icons.`, {
      cause: error,
    });
  }
}
