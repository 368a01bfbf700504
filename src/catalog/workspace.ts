/** Which folder a command line works in, as an editor would open it. */
import { stat } from 'node:fs/promises';
import path from 'node:path';

/** Where Fourstep keeps what belongs to a workspace. */
const OWN_FOLDER = '.fourstep';
const PROJECT_MARKS = ['.git', 'package.json'];

/** The nearest folder upwards that Fourstep has written to; else the nearest that looks like a project; else `folder` itself. */
export async function workspaceOf(folder: string): Promise<string> {
  const start = path.resolve(folder);
  return (await nearest(start, [OWN_FOLDER])) ?? (await nearest(start, PROJECT_MARKS)) ?? start;
}

async function nearest(start: string, marks: readonly string[]): Promise<string | undefined> {
  for (let folder = start; ; folder = path.dirname(folder)) {
    for (const mark of marks) if (await exists(path.join(folder, mark))) return folder;
    if (folder === path.dirname(folder)) return undefined;
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
