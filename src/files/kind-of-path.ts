/** What is at a path, links followed; what cannot be looked at is not there. */
import { stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';

export async function exists(path: string): Promise<boolean> {
  return (await statsOf(path)) !== undefined;
}

export async function isFile(path: string): Promise<boolean> {
  return (await statsOf(path))?.isFile() === true;
}

export async function isFolder(path: string): Promise<boolean> {
  return (await statsOf(path))?.isDirectory() === true;
}

function statsOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}

/** Bytes; undefined when no file is there. */
export async function sizeIfFile(path: string): Promise<number | undefined> {
  const stats = await statsOf(path);
  return stats?.isFile() === true ? stats.size : undefined;
}
