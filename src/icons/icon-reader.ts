/** The icons of one file, and one icon by its id. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { isLfsPointer, LFS_ADVICE } from '../domain/lfs';
import { decodeXml } from '../domain/text-bytes';
import { readRegular } from '../files/regular-file';
import type { RawImage } from '../pictures/raw';
import { fileError } from '../files/file-error';
import { fileState } from '../files/file-state';
import { bitmapIcon, bitmapSides } from './bitmap';
import { MAX_COMPONENT_BYTES } from './component-icons';
import type { IconFile } from './find-files';
import { SkippedIcon } from '../domain/errors';
import type { AskOptions, Rasterizer } from './rasterizer';
import type { VectorFile, VectorPart } from './rasterizer-messages';
import { MAX_SVG_BYTES } from './svg-tree';

export interface DrawOptions extends AskOptions {
  /** Pixels on each side. */
  readonly size: number;
  /** CSS colour for `currentColor`. */
  readonly currentColor: string;
}

/** One icon, not yet drawn. */
export interface FoundIcon {
  /** The file's id, with "#" and its part's name for a part. Unique in its folder. */
  readonly id: string;
  /** File name without extension, symbol id or component name. */
  readonly name: string;
  readonly file: IconFile;
  /** The file's state (`fileState`) before anything of it was read. */
  readonly state: string;
  /** Where it belongs, with "/": its file's folder, or the one above for a file that is named after its folder. */
  readonly folder: string;
  /** Widths and heights that the file says it has, in pixels. */
  readonly sides: () => Promise<readonly number[]>;
  /** RGBA, size × size. Throws SkippedIcon. */
  readonly draw: (options: DrawOptions) => Promise<RawImage>;
}

export class IconReader {
  /** Sprite sheets are asked for part after part. */
  #last: { readonly path: string; readonly state: string; readonly icons: Promise<readonly FoundIcon[]> } | undefined;

  constructor(private readonly rasterizer: Rasterizer) {}

  /** Throws SkippedIcon; `cancelled` when the signal fires. */
  async iconsIn(file: IconFile, options: AskOptions = {}): Promise<readonly FoundIcon[]> {
    const state = await stateOf(file);
    if (this.#last?.path === file.path && this.#last.state === state) return this.#last.icons;
    const icons = this.#read(file, state, options);
    const last = { path: file.path, state, icons };
    // What was cancelled may be asked for again.
    icons.catch(() => {
      if (this.#last === last) this.#last = undefined;
    });
    this.#last = last;
    return icons;
  }

  async #read(file: IconFile, state: string, options: AskOptions): Promise<readonly FoundIcon[]> {
    const icon = { id: file.id, ...placeOf(file.id), file, state };
    if (file.kind === 'bitmap') {
      return [{ ...icon, sides: () => bitmapSides(file.path), draw: ({ size }) => bitmapIcon(file.path, size) }];
    }
    const text = await textOf(file, file.kind === 'svg' ? MAX_SVG_BYTES : MAX_COMPONENT_BYTES);
    const vectors = { kind: file.kind, text };
    const parts = await this.rasterizer.parts(vectors, options);
    const names = partNames(icon, parts);
    return parts.map(({ sides }, index) => ({
      ...icon,
      ...names[index],
      sides: () => Promise.resolve(sides),
      draw: (draw) => this.#draw(vectors, index, draw),
    }));
  }

  #draw(file: VectorFile, index: number, { size, currentColor, ...options }: DrawOptions): Promise<RawImage> {
    return this.rasterizer.draw(file, { index, size, currentColor }, options);
  }
}

type NamedPart = Pick<FoundIcon, 'id' | 'name'>;

/** The only icon of a file is the file; parts of a sprite have names of their own, components are numbered where they have none. */
function partNames(icon: NamedPart, parts: readonly VectorPart[]): NamedPart[] {
  const [only] = parts;
  if (parts.length === 1 && only?.isPart === false) return [{ id: icon.id, name: only.name ?? icon.name }];
  const names = parts.map(({ name }, index) => name ?? `${icon.name}${index + 1}`);
  return unique(names).map((name) => ({ id: `${icon.id}#${name}`, name }));
}

/** File names that say nothing about what is shown; the folder's does. */
const SAYS_NOTHING = new Set(['index', 'icon', 'icons', 'image', 'img', 'vector', 'svg', 'asset', 'default']);

/** "home/icon.svg" is called home, and lies with the others; a hash at the end of a name is a build's. */
function placeOf(id: string): { readonly name: string; readonly folder: string } {
  const { name, dir } = path.posix.parse(id);
  const own = name.replace(/[.-](?=[\da-f]*\d)[\da-f]{8,32}$/, '');
  const isGeneric = SAYS_NOTHING.has(own.toLowerCase()) && dir !== '';
  return isGeneric
    ? { name: path.posix.basename(dir), folder: path.posix.dirname(dir) }
    : { name: own, folder: path.posix.dirname(id) };
}

function unique(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}${count}`;
  });
}

async function stateOf({ path: file }: IconFile): Promise<string> {
  try {
    return await fileState(file);
  } catch (error) {
    throw fileError(error, 'read', file);
  }
}

async function textOf({ path: file }: IconFile, most: number): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > most) throw new SkippedIcon(`it is larger than ${Math.round(most / 1024)} KB`);
    const bytes = await readRegular(file, { most });
    if (isLfsPointer(bytes)) throw new SkippedIcon(LFS_ADVICE);
    return decodeXml(bytes);
  } catch (error) {
    throw fileError(error, 'read', file);
  }
}
