/** The icons of one file, and one icon by its id. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { isLfsPointer, LFS_ADVICE } from '../domain/lfs';
import { decodeXml } from '../domain/text-bytes';
import { readRegular } from '../files/regular-file';
import type { RawImage } from '../pictures/raw';
import { fileError } from '../files/file-error';
import { bitmapIcon, bitmapSides } from './bitmap';
import { componentIcons, MAX_COMPONENT_BYTES, noIconReason } from './component-icons';
import type { IconFile } from './find-files';
import { SkippedIcon } from './icon-error';
import type { Rasterizer } from './rasterizer';
import { spriteParts, wholeFile } from './sprite-parts';
import { squareSvg, type SvgDrawing } from './svg-drawing';
import { MAX_SVG_BYTES, parseSvg } from './svg-tree';

export interface DrawOptions {
  /** Pixels on each side. */
  readonly size: number;
  /** CSS colour for `currentColor`. */
  readonly currentColor: string;
  readonly signal?: AbortSignal;
}

/** One icon, not yet drawn. */
export interface FoundIcon {
  /** The file's id, with "#" and its part's name for a part. Unique in its folder. */
  readonly id: string;
  /** File name without extension, symbol id or component name. */
  readonly name: string;
  readonly file: IconFile;
  /** Where it belongs, with "/": its file's folder, or the one above for a file that is named after its folder. */
  readonly folder: string;
  /** Widths and heights that the file says it has, in pixels. */
  readonly sides: () => Promise<readonly number[]>;
  /** RGBA, size × size. Throws SkippedIcon. */
  readonly draw: (options: DrawOptions) => Promise<RawImage>;
}

export class IconReader {
  /** Sprite sheets are asked for part after part. */
  #last: { readonly path: string; readonly icons: Promise<readonly FoundIcon[]> } | undefined;

  constructor(private readonly rasterizer: Rasterizer) {}

  /** Throws SkippedIcon. */
  iconsIn(file: IconFile): Promise<readonly FoundIcon[]> {
    if (this.#last?.path === file.path) return this.#last.icons;
    const icons = this.#read(file);
    icons.catch(() => undefined);
    this.#last = { path: file.path, icons };
    return icons;
  }

  async #read(file: IconFile): Promise<readonly FoundIcon[]> {
    const icon = { id: file.id, ...placeOf(file.id), file };
    switch (file.kind) {
      case 'bitmap':
        return [{ ...icon, sides: () => bitmapSides(file.path), draw: ({ size }) => bitmapIcon(file.path, size) }];
      case 'svg':
        return this.#svgIcons(icon, await textOf(file, MAX_SVG_BYTES));
      case 'component':
        return this.#componentIcons(icon, await textOf(file, MAX_COMPONENT_BYTES));
    }
  }

  #svgIcons(icon: WholeIcon, text: string): FoundIcon[] {
    const svg = parseSvg(text);
    const parts = [...spriteParts(svg)];
    if (parts.length === 0) return [{ ...icon, ...this.#drawn(() => wholeFile(svg)) }];
    return parts.map(([id, part]) => ({ ...icon, id: `${icon.id}#${id}`, name: id, ...this.#drawn(() => part) }));
  }

  #componentIcons(icon: WholeIcon, text: string): FoundIcon[] {
    const icons = componentIcons(text);
    const [only] = icons;
    if (only === undefined) throw new SkippedIcon(noIconReason(text));
    const drawn = (markup: () => string): Pick<FoundIcon, 'sides' | 'draw'> =>
      this.#drawn(() => wholeFile(parseSvg(markup())));
    if (icons.length === 1) return [{ ...icon, name: only.name ?? icon.name, ...drawn(only.markup) }];
    const names = unique(icons.map((each, index) => each.name ?? `${icon.name}${index + 1}`));
    return icons.map(({ markup }, index) => {
      const part = names[index] ?? icon.name;
      return { ...icon, id: `${icon.id}#${part}`, name: part, ...drawn(markup) };
    });
  }

  #drawn(drawing: () => SvgDrawing): Pick<FoundIcon, 'sides' | 'draw'> {
    return {
      sides: () => Promise.resolve(sidesOf(drawing)),
      draw: ({ size, currentColor, signal }) => this.rasterizer.draw(squareSvg(drawing(), size, currentColor), signal),
    };
  }
}

type WholeIcon = Pick<FoundIcon, 'id' | 'name' | 'folder' | 'file'>;

/** None where the drawing cannot be had: drawing it says why. */
function sidesOf(drawing: () => SvgDrawing): number[] {
  try {
    const { box } = drawing();
    return box === undefined ? [] : [box.size, box.viewBox].flatMap(({ width, height }) => [width, height]);
  } catch (error) {
    if (error instanceof SkippedIcon) return [];
    throw error;
  }
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
