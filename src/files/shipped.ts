/** Files that come with Fourstep, found from wherever the running program lies: a bundle in dist, or a source file. */
import { existsSync } from 'node:fs';
import path from 'node:path';

/** `name` relative to the folder of package.json, with forward slashes. Throws when the installation lacks it. */
export function shippedFile(name: string): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    const file = path.join(folder, name);
    if (existsSync(file)) return file;
    if (path.dirname(folder) === folder) throw new Error(`${name} is missing: install Fourstep again.`);
  }
}
