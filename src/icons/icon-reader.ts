/** The icons of one file, and one icon by its id. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { decodeXml } from '../domain/text-bytes';
import type { RawImage } from '../pictures/raw';
import { fileError } from '../files/file-error';
import { bitmapIcon } from './bitmap';
import { componentIcons, MAX_COMPONENT_BYTES } from './component-icons';
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
  /** RGBA, size × size. Throws SkippedIcon. */
  readonly draw: (options: DrawOptions) => Promise<RawImage>;
}

export class IconReader {
  /** Sprite sheets are asked for part after part. */
  #last: { readonly path: string; readonly icons: Promise<readonly FoundIcon[]> } | undefined;

  constructor(private readonly rasterizer: Rasterizer) {}

  /** Empty for a component that draws more than icons. Throws SkippedIcon. */
  iconsIn(file: IconFile): Promise<readonly FoundIcon[]> {
    if (this.#last?.path === file.path) return this.#last.icons;
    const icons = this.#read(file);
    icons.catch(() => undefined);
    this.#last = { path: file.path, icons };
    return icons;
  }

  async #read(file: IconFile): Promise<readonly FoundIcon[]> {
    const name = nameOf(file.id);
    switch (file.kind) {
      case 'bitmap':
        return [{ id: file.id, name, file, draw: ({ size }) => bitmapIcon(file.path, size) }];
      case 'svg':
        return this.#svgIcons(file, name, await textOf(file, MAX_SVG_BYTES));
      case 'component':
        return this.#componentIcons(file, name, await textOf(file, MAX_COMPONENT_BYTES));
    }
  }

  #svgIcons(file: IconFile, name: string, text: string): FoundIcon[] {
    const svg = parseSvg(text);
    const parts = [...spriteParts(svg)];
    if (parts.length === 0) return [{ id: file.id, name, file, draw: this.#drawer(() => wholeFile(svg)) }];
    return parts.map(([id, part]) => ({ id: `${file.id}#${id}`, name: id, file, draw: this.#drawer(() => part) }));
  }

  #componentIcons(file: IconFile, name: string, text: string): FoundIcon[] {
    const icons = componentIcons(text);
    const [only] = icons;
    if (only === undefined) return [];
    if (icons.length === 1) {
      const draw = this.#drawer(() => wholeFile(parseSvg(only.markup())));
      return [{ id: file.id, name: only.name ?? name, file, draw }];
    }
    const names = unique(icons.map((icon, index) => icon.name ?? `${name}${index + 1}`));
    return icons.map(({ markup }, index) => {
      const part = names[index] ?? name;
      return { id: `${file.id}#${part}`, name: part, file, draw: this.#drawer(() => wholeFile(parseSvg(markup()))) };
    });
  }

  #drawer(drawing: () => SvgDrawing): FoundIcon['draw'] {
    return ({ size, currentColor, signal }) => this.rasterizer.draw(squareSvg(drawing(), size, currentColor), signal);
  }
}

/** Components that are called index have their folder's name. */
function nameOf(id: string): string {
  const { name, dir } = path.posix.parse(id);
  return name === 'index' && dir !== '' ? path.posix.basename(dir) : name;
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
    return decodeXml(await readFile(file));
  } catch (error) {
    throw fileError(error, 'read', file);
  }
}
