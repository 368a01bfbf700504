/** The icons in the text of an SVG file or of a component. What is read here is a stranger's: it runs in the rasteriser's thread. */
import { componentIcons, noIconReason } from './component-icons';
import { SkippedIcon } from '../domain/errors';
import type { VectorFile, VectorPart } from './rasterizer-messages';
import { spriteParts, wholeFile } from './sprite-parts';
import type { SvgDrawing } from './svg-drawing';
import { parseSvg } from './svg-tree';

export interface VectorIcon extends VectorPart {
  /** Throws SkippedIcon. */
  readonly drawing: () => SvgDrawing;
}

/** Throws SkippedIcon where the whole file cannot be read, or holds no icon. */
export function vectorIcons({ kind, text }: VectorFile): VectorIcon[] {
  return kind === 'svg' ? svgIcons(text) : iconsOfComponents(text);
}

function svgIcons(text: string): VectorIcon[] {
  const svg = parseSvg(text);
  const parts = [...spriteParts(svg)];
  if (parts.length === 0) return [vectorIcon(undefined, false, () => wholeFile(svg))];
  return parts.map(([id, part]) => vectorIcon(id, true, () => part));
}

function iconsOfComponents(text: string): VectorIcon[] {
  const icons = componentIcons(text);
  if (icons.length === 0) throw new SkippedIcon(noIconReason(text));
  return icons.map(({ name, markup }) => vectorIcon(name, false, () => wholeFile(parseSvg(markup()))));
}

function vectorIcon(name: string | undefined, isPart: boolean, drawing: () => SvgDrawing): VectorIcon {
  const known = once(drawing);
  return { name, isPart, sides: sidesOf(known), drawing: known };
}

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

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
