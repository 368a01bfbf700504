/** Values of SVG attributes: references, CSS variables, lengths and view boxes. */
import { SkippedIcon } from './icon-error';
import type { SvgElement } from './svg-node';

/** A reference may name another part of the same file only. */
export function checkReference(address: string): void {
  const target = address.trim();
  if (target === '' || target.startsWith('#')) return;
  if (/^data:/i.test(target)) throw new SkippedIcon('it holds an embedded picture');
  const shown = target.length > 60 ? `${target.slice(0, 60)}…` : target;
  throw new SkippedIcon(`it refers to something outside itself: "${shown}"`);
}

/** var(--a, red) → red, var(--a) → currentColor: there is no page that could define them. */
export function withoutVariables(text: string): string {
  return text.replace(
    /var\(\s*--[\w-]+\s*(?:,\s*([^()]*(?:\([^()]*\))?[^()]*))?\)/g,
    (_all, fallback: string | undefined) => fallback?.trim() ?? 'currentColor',
  );
}

export interface ViewBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The part of the plane that is drawn: the view box, or else the size. */
export function viewBoxOf({ attributes }: SvgElement): ViewBox | undefined {
  const numbers = (attributes.get('viewBox') ?? '')
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  const [x = NaN, y = NaN, width = NaN, height = NaN] = numbers;
  if (numbers.length === 4 && usable({ x, y, width, height })) return { x, y, width, height };
  const size = { x: 0, y: 0, width: pixels(attributes.get('width')), height: pixels(attributes.get('height')) };
  return usable(size) ? size : undefined;
}

function usable({ x, y, width, height }: ViewBox): boolean {
  return [x, y, width, height].every(Number.isFinite) && width > 0 && height > 0;
}

/** "24" or "24px"; NaN for sizes that depend on a page. */
function pixels(length: string | undefined): number {
  const [, digits] = /^\s*([\d.]+(?:e[+-]?\d+)?)(?:px)?\s*$/i.exec(length ?? '') ?? [];
  return Number(digits ?? NaN);
}

/** Names that the element and everything in it refer to. */
export function* referencesIn(element: SvgElement): Generator<string> {
  for (const value of element.attributes.values()) {
    if (value.startsWith('#')) yield value.slice(1);
    for (const [, id = ''] of value.matchAll(/url\(\s*["']?\s*#([^"')]+)/g)) yield id.trim();
  }
  for (const child of element.children) if (typeof child !== 'string') yield* referencesIn(child);
}
