/** Where a command that works in some folder finds what Fourstep keeps in the workspace. */
import { stat } from 'node:fs/promises';
import path from 'node:path';

/** The nearest folder from `folder` upwards that has a `.fourstep`, as git finds its repository; `folder` itself when none has. */
export async function workspaceAround(folder: string): Promise<string> {
  const start = path.resolve(folder);
  for (let place = start; ; place = path.dirname(place)) {
    if (await isFolder(path.join(place, '.fourstep'))) return place;
    if (place === path.dirname(place)) return start;
  }
}

async function isFolder(folder: string): Promise<boolean> {
  return stat(folder).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
