/** Lengths as plain numbers of CSS pixels: the rasteriser does not know all units, and no arithmetic. */
import { calc } from '@csstools/css-calc';
import { SkippedIcon } from '../../domain/errors';

/** CSS Values 4, section 6. */
const PIXELS: Readonly<Record<string, number>> = {
  px: 1,
  pt: 96 / 72,
  pc: 16,
  in: 96,
  cm: 96 / 2.54,
  mm: 96 / 25.4,
  q: 96 / 101.6,
};
export const DEFAULT_FONT_SIZE = 16;
const LENGTH = /(?<![\w#.])([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)([a-z]+)\b/gi;
const ARITHMETIC = /\b(?:calc|min|max|clamp|round|mod|rem|abs|sign|hypot|sqrt|pow|exp|log|sin|cos|tan|atan2?)\(/i;

/** Every length in the value in pixels; percentages stay. Throws SkippedIcon for a unit that depends on a page. */
export function plainLengths(property: string, value: string, fontSize: number): string {
  return reckoned(property, value).replace(LENGTH, (all, digits: string, unit: string) => {
    const pixels = pixelsOf(unit.toLowerCase(), fontSize);
    if (pixels === undefined) throw notSupported(property, all);
    return String(Number(digits) * pixels);
  });
}

function pixelsOf(unit: string, fontSize: number): number | undefined {
  if (unit === 'em') return fontSize;
  if (unit === 'rem') return DEFAULT_FONT_SIZE;
  // Without a font they are half of its size, as CSS says.
  if (unit === 'ex' || unit === 'ch') return fontSize / 2;
  return PIXELS[unit];
}

/** calc() and its relatives as the number they come to. */
export function reckoned(property: string, value: string): string {
  if (!ARITHMETIC.test(value)) return value;
  const result = calc(value);
  if (ARITHMETIC.test(result)) throw notSupported(property, value);
  return result;
}

/** A length that stands alone, in pixels; NaN for one that is none, or depends on a page. */
export function pixels(length: string | undefined): number {
  const [, digits, unit = 'px'] =
    /^\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)([a-z]+)?\s*$/i.exec(length ?? '') ?? [];
  return Number(digits ?? NaN) * (PIXELS[unit.toLowerCase()] ?? NaN);
}

export function notSupported(property: string, value: string): SkippedIcon {
  const shown = value.length > 60 ? `${value.slice(0, 60)}…` : value;
  return new SkippedIcon(`its ${property} is not supported: "${shown}"`);
}
