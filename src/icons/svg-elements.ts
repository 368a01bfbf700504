/** Which elements of SVG do what, and how to walk through them. */
import type { SvgElement } from './svg-node';

export const CONTAINERS = new Set(['svg', 'g', 'switch', 'a']);
export const SHAPES = new Set(['path', 'rect', 'circle', 'ellipse', 'line', 'polyline', 'polygon']);
const GRADIENTS = ['linearGradient', 'radialGradient'];
export const PAINT_SERVERS = new Set([...GRADIENTS, 'pattern']);
/** They draw only where something refers to them. */
export const DEFINITIONS = new Set([...PAINT_SERVERS, 'clipPath', 'mask', 'filter', 'marker', 'symbol', 'defs']);
/** Parts of definitions that stand for themselves. */
export function isPartOfDefinition(name: string): boolean {
  return name === 'stop' || /^fe[A-Z]/.test(name);
}

export function isDrawn(name: string): boolean {
  return SHAPES.has(name) || CONTAINERS.has(name) || name === 'use';
}

export function* elementsOf(element: SvgElement): Generator<SvgElement> {
  yield element;
  for (const child of element.children) yield* elementsOf(child);
}

/** The first of each name, as in a browser. */
export function namedElements(file: SvgElement): ReadonlyMap<string, SvgElement> {
  const named = new Map<string, SvgElement>();
  for (const element of elementsOf(file)) {
    const id = element.attributes.get('id');
    if (id !== undefined && !named.has(id)) named.set(id, element);
  }
  return named;
}

export function parentsOf(file: SvgElement): ReadonlyMap<SvgElement, SvgElement> {
  const parents = new Map<SvgElement, SvgElement>();
  for (const element of elementsOf(file)) for (const child of element.children) parents.set(child, element);
  return parents;
}
