/** Which folder of the workspace a picture for a document belongs into; knows nothing of VS Code. */
import path from 'node:path';
import { isWithin } from '../../files/inside';

/** Names people give to folders of pictures, the likeliest first. */
const ASSET_NAMES = ['assets', 'images', 'img', 'icons', 'media', 'pictures', 'static', 'public'];

/**
 * The nearest assets-like folder on the way from the document up to the workspace folder; else `images` beside the document.
 * `list` gives the names of the sub-folders of a folder. All paths absolute; the result lies within `workspace`.
 */
export async function assetsFolder(
  workspace: string,
  documentFolder: string,
  list: (folder: string) => Promise<readonly string[]>,
): Promise<string> {
  const start = isWithin(workspace, documentFolder) ? documentFolder : workspace;
  if (ASSET_NAMES.includes(path.basename(start).toLowerCase())) return start;
  for (let folder = start; ; folder = path.dirname(folder)) {
    const children = await list(folder);
    const found = ASSET_NAMES.flatMap((name) => children.filter((child) => child.toLowerCase() === name))[0];
    if (found !== undefined) return path.join(folder, found);
    if (path.relative(workspace, folder) === '') return path.join(start, 'images');
  }
}

/** The folder that a setting names, from the workspace root; undefined when it leads out of the workspace. */
export function configuredFolder(workspace: string, setting: string): string | undefined {
  const folder = path.resolve(workspace, setting);
  return isWithin(workspace, folder) ? folder : undefined;
}
