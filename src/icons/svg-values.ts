/** Values of SVG attributes: references and view boxes. */
import { SkippedIcon } from '../domain/errors';

/** A reference may name another part of the same file only. */
export function checkReference(address: string): void {
  const target = address.trim();
  if (target === '' || target.startsWith('#')) return;
  if (/^data:/i.test(target)) throw new SkippedIcon('it holds an embedded picture');
  const shown = target.length > 60 ? `${target.slice(0, 60)}…` : target;
  throw new SkippedIcon(`it refers to something outside itself: "${shown}"`);
}

/** The name in `#name` or `url(#name)`. */
export function referredName(value: string): string | undefined {
  const [, name] = /^(?:url\(\s*(?:["']\s*)?)?#([^"')]+)/i.exec(value.trimStart()) ?? [];
  return name?.trim();
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface ViewBox extends Size {
  readonly x: number;
  readonly y: number;
}

/** "0 0 24 24"; undefined for one that is none, which counts for nothing in a browser either. */
export function viewBoxOf(written: string | undefined): ViewBox | undefined {
  const numbers = (written ?? '')
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  const [x = NaN, y = NaN, width = NaN, height = NaN] = numbers;
  return numbers.length === 4 && Number.isFinite(x + y) && isSize({ width, height })
    ? { x, y, width, height }
    : undefined;
}

export function isSize({ width, height }: Size): boolean {
  return Number.isFinite(width) && Number.isFinite(height) && width > 0 && height > 0;
}

export function viewBoxText({ x, y, width, height }: ViewBox): string {
  return `${x} ${y} ${width} ${height}`;
}

/** How a view box fits into a place: "xMidYMid meet" when nothing is said. */
export function fitOf(preserveAspectRatio: string | undefined): 'meet' | 'slice' | 'none' {
  const words = (preserveAspectRatio ?? '').toLowerCase().split(/\s+/);
  if (words.includes('none')) return 'none';
  return words.includes('slice') ? 'slice' : 'meet';
}

/** Pixels of the place for one unit of the view box; NaN when it differs between width and height. */
export function fitScale(place: Size, box: Size, preserveAspectRatio: string | undefined): number {
  const [x, y] = [place.width / box.width, place.height / box.height];
  const fit = fitOf(preserveAspectRatio);
  if (fit === 'none') return Math.abs(x - y) < 1e-6 * x ? x : NaN;
  return fit === 'meet' ? Math.min(x, y) : Math.max(x, y);
}
