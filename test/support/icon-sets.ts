/** Small icon sets, drawn here: every icon is another shape. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The text of an SVG icon of 24×24 around the given drawing. */
export function svg(drawing: string, attributes = 'viewBox="0 0 24 24"'): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" ${attributes}>${drawing}</svg>`;
}

/** A shape of its own for every number. */
export function shape(index: number): string {
  const [x, y, width] = [2 + (index % 10), 2 + (Math.floor(index / 10) % 10), 4 + (Math.floor(index / 100) % 10)];
  return `<rect x="${x}" y="${y}" width="${width}" height="${4 + Math.floor(index / 1000)}" fill="#e4572e"/>`;
}

/** Writes icon-name files; returns the folder. */
export function writeIcons(folder: string, count: number): string {
  mkdirSync(folder, { recursive: true });
  for (let index = 0; index < count; index++) {
    writeFileSync(path.join(folder, `shape-${letters(index)}.svg`), svg(shape(index)));
  }
  return folder;
}

/** "a", "b" … "z", "ba": numbers would be taken for sizes. */
function letters(index: number): string {
  const rest = Math.floor(index / 26);
  return (rest > 0 ? letters(rest) : '') + String.fromCharCode(97 + (index % 26));
}

/** Writes files given by their path in the folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  return folder;
}
