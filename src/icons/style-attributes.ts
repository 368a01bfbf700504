/** A computed style as attributes of the element that is rasterised. */
import type { ComputedStyle } from './css/computed';
import { around, isIdentity, originOf, times, transformOf, IDENTITY, type Matrix } from './css/matrix';
import { notSupported } from './css/lengths';
import { BOX_OF_ROOT, GEOMETRY, PAINTS, TRANSFORMS, UNSUPPORTED } from './css/properties';
import type { Size } from './svg-values';

/** The rasteriser reads them in a style attribute only. */
const STYLE_ONLY = new Set(['mix-blend-mode', 'isolation']);
const SILENT = new Set([
  ...TRANSFORMS,
  ...GEOMETRY,
  ...UNSUPPORTED.keys(),
  ...BOX_OF_ROOT.keys(),
  'display',
  'vector-effect',
]);

export interface AttributeOptions {
  readonly parent: ComputedStyle;
  /** Everything inherited is written too, for an element that stands where its parents are not. */
  readonly all: boolean;
  /** The place that a reference leads to, undefined when it leads nowhere. */
  readonly reference: (property: string, value: string) => string | undefined;
}

export function styleAttributes(
  style: ComputedStyle,
  { parent, all, reference }: AttributeOptions,
): Map<string, string> {
  const attributes = new Map<string, string>();
  const blending: string[] = [];
  const put = (property: string, value: string): void => {
    if (SILENT.has(property)) return;
    if (STYLE_ONLY.has(property)) blending.push(`${property}:${value}`);
    else if (PAINTS.has(property)) attributes.set(property, paintText(property, value, style, reference));
    else if (/^url\(/i.test(value) && property !== 'filter')
      attributes.set(property, reference(property, value) ?? 'none');
    else if (property === 'filter') attributes.set(property, filterText(value, reference));
    else attributes.set(property, value);
  };
  if (all) for (const [property, value] of style.inherited) put(property, value);
  for (const [property, value] of style.own) put(property, value);
  for (const paint of PAINTS) {
    const value = style.inherited.get(paint) ?? '';
    if (value.endsWith('currentColor') && style.color !== parent.color) put(paint, value);
  }
  if (blending.length > 0) attributes.set('style', blending.join(';'));
  return attributes;
}

function paintText(
  property: string,
  value: string,
  { color }: ComputedStyle,
  reference: AttributeOptions['reference'],
): string {
  const plain = value.replace(/currentColor$/, color);
  const [server] = /^url\([^)]*\)/i.exec(plain) ?? [];
  const fallback = plain.slice(server?.length).trimStart();
  if (server === undefined) return plain;
  const place = reference(property, server);
  if (place === undefined) return fallback === '' ? 'none' : fallback;
  return fallback === '' ? place : `${place} ${fallback}`;
}

/** Filters may be several, and functions among them. */
function filterText(value: string, reference: AttributeOptions['reference']): string {
  return value.replace(/url\([^()]*\)/gi, (all) => reference('filter', all) ?? '').trim() || 'none';
}

/** The transform of an element. `origin`: where it turns when nothing is said. */
export function transformMatrix({ own, fontSize }: ComputedStyle, viewport: Size, origin = '0 0'): Matrix {
  const place = (property: string): Parameters<typeof transformOf>[1] => ({ property, ...viewport, fontSize });
  const part = (property: string, wrap: (value: string) => string): Matrix => {
    const value = own.get(property);
    return value === undefined || value.toLowerCase() === 'none' ? IDENTITY : transformOf(wrap(value), place(property));
  };
  const list = [
    part('translate', (value) => `translate(${value})`),
    part('rotate', (value) => `rotate(${value})`),
    part('scale', (value) => `scale(${value})`),
    part('transform', (value) => value),
  ];
  const matrix = list.reduce(times, IDENTITY);
  if (isIdentity(matrix)) return IDENTITY;
  const [a, b, c, d] = matrix;
  const onlyMoves = a === 1 && b === 0 && c === 0 && d === 1;
  const box = own.get('transform-box')?.toLowerCase() ?? 'view-box';
  if (box !== 'view-box' && !onlyMoves) throw notSupported('transform-box', box);
  return around(matrix, originOf(own.get('transform-origin') ?? origin, place('transform-origin')));
}
