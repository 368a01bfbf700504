/** Where Fourstep keeps what belongs to a workspace: one rule for writing and reading, in the terminal and in the editor. */
import path from 'node:path';
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
