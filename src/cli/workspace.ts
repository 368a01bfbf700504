/** Which folder's `.fourstep` a command works in. */
import { access } from 'node:fs/promises';
import path from 'node:path';

const MARKS = ['.git', 'package.json'];

/** The nearest folder from `folder` upwards that is a repository or a package; `fallback` when there is none. */
export async function workspaceOf(folder: string, fallback: string): Promise<string> {
  for (let place = path.resolve(folder); ; place = path.dirname(place)) {
    const marks = await Promise.all(MARKS.map((mark) => isThere(path.join(place, mark))));
    if (marks.includes(true)) return place;
    if (place === path.dirname(place)) return fallback;
  }
}

export function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
