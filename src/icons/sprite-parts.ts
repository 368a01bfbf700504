/** Whether an SVG file is one icon or a sprite sheet, and what its icons are. */
import { boxOf, partBox, type PictureBox } from './picture-box';
import type { SvgDrawing } from './svg-drawing';
import { CONTAINERS, elementsOf, isDrawn, namedElements, parentsOf, SHAPES } from './svg-elements';
import type { SvgElement } from './svg-node';
import type { SvgFile } from './svg-tree';
import { referredName, viewBoxOf, viewBoxText } from './svg-values';
import { pixels } from './css/lengths';

/** The icons of a sprite sheet by their names; empty for a file that is one icon. */
export function spriteParts(file: SvgFile): ReadonlyMap<string, SvgDrawing> {
  const stack = stackParts(file);
  if (stack.size > 0) return stack;
  const views = viewParts(file.root);
  if (views.size > 0) return views;
  const symbols = symbolParts(file.root);
  return symbols.size > 0 ? symbols : definedParts(file.root);
}

export function wholeFile({ root }: SvgFile): SvgDrawing {
  return { file: root, content: root, box: boxOf(root), inPlace: true };
}

/** Everything is hidden but the part that an address names. */
function stackParts({ root, targeted }: SvgFile): ReadonlyMap<string, SvgDrawing> {
  const parts = new Map<string, SvgDrawing>();
  if (targeted === undefined) return parts;
  const collect = (plain: SvgElement, shown: SvgElement): void => {
    const id = shown.attributes.get('id');
    if (id !== undefined && isDrawn(shown.name) && isHidden(plain) && !isHidden(shown)) {
      const box = boxOf(root) ?? boxOf(shown);
      if (!parts.has(id)) parts.set(id, { file: targeted, content: shown, box, inPlace: true });
      return;
    }
    for (const [index, child] of shown.children.entries()) {
      const same = plain.children[index];
      if (same !== undefined) collect(same, child);
    }
  };
  collect(root, targeted);
  return parts;
}

function isHidden({ declared }: SvgElement): boolean {
  const [display, visibility, opacity] = ['display', 'visibility', 'opacity'].map((name) => declared.get(name)?.value);
  return display === 'none' || visibility === 'hidden' || Number(opacity ?? 1) === 0;
}

/** Windows on the picture with a name each. A single one is only a place to look at. */
function viewParts(root: SvgElement): ReadonlyMap<string, SvgDrawing> {
  const parts = new Map<string, SvgDrawing>();
  const whole = boxOf(root)?.viewBox;
  for (const { name, attributes } of elementsOf(root)) {
    const [id, viewBox] = [attributes.get('id'), viewBoxOf(attributes.get('viewBox'))];
    if (name !== 'view' || id === undefined || viewBox === undefined || parts.has(id)) continue;
    if (whole !== undefined && viewBoxText(whole) === viewBoxText(viewBox)) continue;
    parts.set(id, { file: root, content: root, box: partBox(viewBox), inPlace: true });
  }
  return parts.size > 1 ? parts : new Map();
}

/** Symbols that the file does not draw by itself. One that it draws is a piece of its picture. */
function symbolParts(root: SvgElement): ReadonlyMap<string, SvgDrawing> {
  const symbols = new Map([...namedElements(root)].filter(([, { name }]) => name === 'symbol'));
  const pieces = usedIn(root, symbols);
  const isPicture =
    drawsItself(root) || (pieces.size > 0 && 2 * pieces.size > symbols.size && !isOverview(root, symbols));
  if (isPicture) return new Map();
  // Symbols that are made of each other are pieces too.
  const inner = new Set([...symbols.values()].flatMap((symbol) => [...usedIn(symbol, symbols)]));
  const outer = [...symbols].filter(([, symbol]) => !inner.has(symbol));
  return new Map((outer.length === 0 ? [...symbols] : outer).map(([id, symbol]) => [id, partOf(root, symbol)]));
}

function usedIn(element: SvgElement, symbols: ReadonlyMap<string, SvgElement>): ReadonlySet<SvgElement> {
  return new Set(
    usesIn(element).flatMap((use) => symbols.get(referredName(use.attributes.get('href') ?? '') ?? '') ?? []),
  );
}

/** What is drawn, not what lies in symbols and definitions. */
function usesIn(element: SvgElement): SvgElement[] {
  return element.children.flatMap((child) => {
    if (child.name === 'use') return [child];
    return CONTAINERS.has(child.name) ? usesIn(child) : [];
  });
}

function drawsItself(element: SvgElement): boolean {
  return element.children.some((child) => SHAPES.has(child.name) || (CONTAINERS.has(child.name) && drawsItself(child)));
}

/** A sheet that shows all its symbols, each once and beside the others, filling it. */
function isOverview(root: SvgElement, symbols: ReadonlyMap<string, SvgElement>): boolean {
  const uses = usesIn(root);
  const whole = boxOf(root)?.viewBox;
  if (whole === undefined || uses.length < 2 || usedIn(root, symbols).size !== uses.length) return false;
  const places = uses.map((use) => placeOf(use, symbols.get(referredName(use.attributes.get('href') ?? '') ?? '')));
  const area = places.reduce((sum, { width, height }) => sum + width * height, 0);
  const apart = places.every((a, index) => places.every((b, other) => other <= index || !overlap(a, b)));
  return apart && area >= 0.8 * whole.width * whole.height;
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function placeOf({ attributes }: SvgElement, symbol: SvgElement | undefined): Place {
  const box = viewBoxOf(symbol?.attributes.get('viewBox'));
  const side = (name: string, missing: number): number => {
    const said = pixels(attributes.get(name));
    return Number.isFinite(said) ? said : missing;
  };
  const size = { width: side('width', box?.width ?? NaN), height: side('height', box?.height ?? NaN) };
  return { x: side('x', 0), y: side('y', 0), ...size };
}

function overlap(a: Place, b: Place): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** A file that draws nothing and defines parts with names. */
function definedParts(root: SvgElement): ReadonlyMap<string, SvgDrawing> {
  if (drawsItself(root) || usesIn(root).length > 0) return new Map();
  const parents = parentsOf(root);
  const parts = [...namedElements(root)].filter(
    ([, element]) => parents.get(element)?.name === 'defs' && isDrawn(element.name) && element.name !== 'use',
  );
  return new Map(parts.map(([id, element]) => [id, partOf(root, element)]));
}

function partOf(file: SvgElement, content: SvgElement): SvgDrawing {
  return { file, content, box: boxOfPart(content) ?? boxOf(file), inPlace: false };
}

/** A symbol's size says where it is put, not how it looks. */
function boxOfPart(content: SvgElement): PictureBox | undefined {
  const viewBox = viewBoxOf(content.attributes.get('viewBox'));
  return viewBox === undefined ? boxOf(content) : partBox(viewBox);
}
