/** Where Fourstep keeps what belongs to a workspace: one rule for writing and reading, in the terminal and in the editor. */
import path from 'node:path';
import { isWithin } from '../files/inside';
import { exists } from '../files/kind-of-path';

/**
 * The nearest folder from `folder` upwards that has a `.fourstep`, inside of its repository; else the repository itself; outside of one
 * the nearest package; else `fallback`. So packages of a repository share their styles unless one has begun its own.
 */
export async function workspaceAround(folder: string, fallback = path.resolve(folder)): Promise<string> {
  let nearestPackage: string | undefined;
  for (let place = path.resolve(folder); ; place = path.dirname(place)) {
    if (await exists(path.join(place, '.fourstep'))) return place;
    if (await exists(path.join(place, '.git'))) return place;
    if (nearestPackage === undefined && (await exists(path.join(place, 'package.json')))) nearestPackage = place;
    if (place === path.dirname(place)) return nearestPackage ?? fallback;
  }
}

/**
 * Where the editor makes a style of these icons while these folders are open: the workspace around the icons, as for a terminal. Icons from
 * elsewhere teach the first open folder. undefined when none is open.
 */
export async function styleHome(icons: string, opened: readonly string[]): Promise<string | undefined> {
  const inside = opened.filter((folder) => isWithin(folder, icons)).sort((a, b) => b.length - a.length);
  const [nearest] = inside;
  if (nearest !== undefined) return workspaceAround(icons, nearest);
  const [first] = opened;
  return first === undefined ? undefined : workspaceAround(first);
}
