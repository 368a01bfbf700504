/** From an SVG tree to the one square SVG text that is rasterised: with its margin, and with only what it needs. */
import { SkippedIcon } from './icon-error';
import type { SvgElement, SvgNode } from './svg-node';
import { svgText } from './svg-tree';
import { referencesIn, viewBoxOf, type ViewBox } from './svg-values';

/** Empty space at each side, in parts of the icon's longer side, as in the built-in model's training pictures. */
export const MARGIN = 1 / 32;
/** Something longer is a banner or a word mark. */
const MAX_ASPECT = 2.5;
/** `use` can repeat a part that repeats another part, and so on: a few lines stand for more than any machine can draw. */
const MAX_DRAWN = 100_000;

/** A part of an SVG file that is an icon of its own. */
export interface SvgDrawing {
  /** The `svg` or `symbol` element. */
  readonly content: SvgElement;
  /** Everything in the file, for what the content refers to. */
  readonly file: SvgElement;
}

/** Symbols by id, when the file is a sprite sheet: it draws nothing but symbols. */
export function symbolsOf(file: SvgElement): ReadonlyMap<string, SvgElement> {
  const symbols = new Map<string, SvgElement>();
  for (const element of elementsOf(file)) {
    const id = element.attributes.get('id');
    if (element.name === 'symbol' && id !== undefined && !symbols.has(id)) symbols.set(id, element);
  }
  return drawsItself(file) ? new Map() : symbols;
}

const CONTAINERS = new Set(['svg', 'g', 'switch', 'a']);
const INVISIBLE = new Set(['symbol', 'defs', 'style', 'use', 'linearGradient', 'radialGradient', 'clipPath', 'mask']);

function drawsItself(element: SvgElement): boolean {
  return element.children.some((child) => {
    if (typeof child === 'string' || INVISIBLE.has(child.name)) return false;
    return CONTAINERS.has(child.name) ? drawsItself(child) : true;
  });
}

/** Throws SkippedIcon when it says no size, is too long, or repeats itself without end. */
export function squareSvg({ content, file }: SvgDrawing, size: number, currentColor: string): string {
  const box = viewBoxOf(content) ?? (content === file ? undefined : viewBoxOf(file));
  if (box === undefined) throw new SkippedIcon('it says neither a viewBox nor a size in pixels');
  const longer = Math.max(box.width, box.height);
  if (longer > MAX_ASPECT * Math.min(box.width, box.height)) throw new SkippedIcon('it is too long for an icon');
  checkRepetition(content, file);
  const side = 1 + 2 * MARGIN;
  const [width, height] = [box.width / longer, box.height / longer];
  const outer = {
    xmlns: 'http://www.w3.org/2000/svg',
    width: String(size),
    height: String(size),
    viewBox: `0 0 ${side} ${side}`,
    color: currentColor,
  };
  const inner = placed(content, box, { x: (side - width) / 2, y: (side - height) / 2, width, height });
  const needed = content === file ? [] : neededParts(content, file);
  return svgText({ name: 'svg', attributes: new Map(Object.entries(outer)), children: [...needed, inner] });
}

/** The content as an inner svg at a place; its own attributes go on, such as fill and stroke. */
function placed(content: SvgElement, box: ViewBox, place: ViewBox): SvgElement {
  const attributes = new Map(content.attributes);
  for (const name of ['preserveAspectRatio', 'id']) attributes.delete(name);
  for (const [name, value] of Object.entries(place)) attributes.set(name, String(value));
  attributes.set('viewBox', `${box.x} ${box.y} ${box.width} ${box.height}`);
  attributes.set('overflow', 'visible');
  return { name: 'svg', attributes, children: content.children };
}

/** Style sheets, and what the content refers to, directly or not. */
function neededParts(content: SvgElement, file: SvgElement): SvgNode[] {
  const named = namedElements(file);
  const wanted = new Set(referencesIn(content));
  for (const id of wanted) {
    const target = named.get(id);
    if (target !== undefined) for (const further of referencesIn(target)) wanted.add(further);
  }
  const styles = [...elementsOf(file)].filter(({ name }) => name === 'style');
  const parts = [...wanted].flatMap((id) => named.get(id) ?? []).filter((element) => element !== content);
  return [...styles, { name: 'defs', attributes: new Map(), children: parts }];
}

function namedElements(file: SvgElement): ReadonlyMap<string, SvgElement> {
  const named = [...elementsOf(file)].map((element) => [element.attributes.get('id') ?? '', element] as const);
  return new Map(named.reverse());
}

function* elementsOf(element: SvgElement): Generator<SvgElement> {
  yield element;
  for (const child of element.children) if (typeof child !== 'string') yield* elementsOf(child);
}

function checkRepetition(content: SvgElement, file: SvgElement): void {
  const named = namedElements(file);
  const counts = new Map<SvgElement, number>();
  const open = new Set<SvgElement>();
  const drawn = (element: SvgElement): number => {
    const known = counts.get(element);
    if (known !== undefined) return known;
    if (open.has(element)) throw new SkippedIcon('a part of it uses itself');
    open.add(element);
    const target = element.name === 'use' ? named.get((element.attributes.get('href') ?? '').slice(1)) : undefined;
    const parts = [...element.children.filter((child) => typeof child !== 'string'), ...(target ? [target] : [])];
    const count = parts.reduce((sum, part) => sum + drawn(part), 1);
    open.delete(element);
    counts.set(element, count);
    return count;
  };
  if (drawn(content) > MAX_DRAWN) throw new SkippedIcon(`it repeats its parts more than ${MAX_DRAWN} times`);
}
