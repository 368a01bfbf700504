/** Files in a folder that may hold icons. */
import { readdir } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import path from 'node:path';
import { messageOf, throwIfCancelled, UserError } from '../domain/errors';
import { isMissing } from '../files/file-error';

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

/** A file or folder that is not looked into, and why. */
export interface PassedOver {
  readonly id: string;
  readonly reason: string;
}

export interface IconFiles {
  readonly files: readonly IconFile[];
  readonly passedOver: readonly PassedOver[];
  /** Files of kinds that may hold icons in ways that are not read, by the end of their names. */
  readonly unread: ReadonlyMap<string, number>;
}

/** In a fixed order. Links are not followed. Throws `not-found` or `io` when the folder cannot be read. */
export async function findIconFiles(folder: string, signal?: AbortSignal): Promise<IconFiles> {
  const files: IconFile[] = [];
  const passedOver: PassedOver[] = [];
  const unread = new Map<string, number>();
  let left = MAX_ENTRIES;
  const walk = async (relative: string, depth: number): Promise<void> => {
    throwIfCancelled(signal);
    const entries = await entriesIn(relative);
    left -= entries.length;
    if (left < 0) {
      throw new UserError('bad-request', `${folder} holds more than ${MAX_ENTRIES} files. Choose the folder of icons.`);
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const id = relative === '' ? entry.name : `${relative}/${entry.name}`;
      const reason = passedReason(entry, depth);
      if (reason !== undefined) passedOver.push({ id: entry.isDirectory() ? `${id}/` : id, reason });
      else if (entry.isDirectory() && !OWN.has(entry.name)) await walk(id, depth + 1);
      const file = reason === undefined && entry.isFile() ? iconFileOf(folder, id) : undefined;
      if (file !== undefined) files.push(file);
      const end = path.extname(id).toLowerCase();
      if (reason === undefined && MAY_HOLD_ICONS.has(end)) unread.set(end, (unread.get(end) ?? 0) + 1);
    }
  };
  await walk('', 0);
  return { files, passedOver: withoutCrowds(passedOver), unread };

  async function entriesIn(relative: string): Promise<Dirent[]> {
    try {
      return await entriesOf(folder, relative);
    } catch (error) {
      if (relative === '' || !(error instanceof UserError)) throw error;
      passedOver.push({ id: `${relative}/`, reason: 'it cannot be read' });
      return [];
    }
  }
}

/** They hold no icons of anybody's, and every repository has them. */
const OWN = new Set(['.git', '.hg', '.svn', '.fourstep', '.vscode', '.idea']);

/** Files that hold pictures, of kinds that are not read here. */
const OTHER_PICTURES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['.gif', '.jpg', '.jpeg', '.avif', '.bmp', '.tif', '.tiff', '.heic'].map((end) => [end, 'save it as PNG or WebP']),
  ),
  ...Object.fromEntries(['.ai', '.eps', '.pdf', '.sketch', '.fig'].map((end) => [end, 'export it as SVG'])),
  '.svgz': 'unpack it to .svg',
  '.cur': 'it is a mouse pointer; save it as PNG',
  '.icns': 'export its pictures as PNG',
  '.astro': 'save its icons as SVG',
  '.mdx': 'save its icons as SVG',
};

/** Told only where there is no icon at all: a repository is full of them. */
const MAY_HOLD_ICONS = new Set(['.js', '.mjs', '.cjs', '.ts', '.html', '.htm', '.xml', '.php', '.erb', '.hbs', '.css']);

/** Undefined for what is looked into, and for files that have nothing to do with pictures. */
function passedReason(entry: Dirent, depth: number): string | undefined {
  const { name } = entry;
  const end = path.extname(name).toLowerCase();
  if (entry.isDirectory()) {
    if (OWN.has(name)) return undefined;
    if (name === '__MACOSX') return 'it holds what macOS adds to archives, no pictures';
    if (name.startsWith('.')) return 'it is a hidden folder';
    if (IGNORED.has(name)) return 'folders of this name hold other people’s files, or what is made from yours';
    return depth >= MAX_DEPTH ? `it lies more than ${MAX_DEPTH} folders deep` : undefined;
  }
  if (entry.isSymbolicLink()) return 'it is a link; links are not followed';
  if (!entry.isFile()) return 'it is no ordinary file';
  if (name.startsWith('._')) return 'it holds what macOS keeps about another file, no picture';
  const help = OTHER_PICTURES[end];
  return help === undefined ? undefined : `${end.slice(1).toUpperCase()} files are not read as icons; ${help}`;
}

/** So many of one reason are told one by one; more than that is a list that nobody reads. */
const MOST_TOLD = 50;

function withoutCrowds(passed: readonly PassedOver[]): PassedOver[] {
  const counts = new Map<string, number>();
  const told = passed.filter(({ reason }) => {
    const count = (counts.get(reason) ?? 0) + 1;
    counts.set(reason, count);
    return count <= MOST_TOLD;
  });
  for (const [reason, count] of counts) {
    if (count > MOST_TOLD) told.push({ id: `${count - MOST_TOLD} more`, reason });
  }
  return told;
}

/** Undefined when the name is that of no icon file, or leads out of the folder. */
export function iconFileOf(folder: string, id: string): IconFile | undefined {
  const kind = KINDS[path.extname(id).toLowerCase()];
  const isInside = !path.isAbsolute(id) && !id.split(/[\\/]/).includes('..') && !id.includes('\0');
  return kind !== undefined && isInside ? { id, path: path.join(folder, id), kind } : undefined;
}

async function entriesOf(folder: string, relative: string): Promise<Dirent[]> {
  try {
    return await readdir(path.join(folder, relative), { withFileTypes: true });
  } catch (error) {
    const missing = isMissing(error);
    const what = missing ? 'does not exist' : `cannot be read: ${messageOf(error)}`;
    throw new UserError(missing ? 'not-found' : 'io', `The folder ${folder} ${what}. Choose a folder of icons.`, {
      cause: error,
    });
  }
}
