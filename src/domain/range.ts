/** What a number may be, and how that is said. */

export interface NumberRange {
  readonly least: number;
  readonly most: number;
  /** Only whole numbers. */
  readonly whole?: boolean;
  /** The end that does not belong to the range itself. */
  readonly without?: 'least' | 'most';
}

/** False for NaN, and for what is no number. */
export function isWithin(value: unknown, { least, most, whole = false, without }: NumberRange): boolean {
  if (typeof value !== 'number' || (whole && !Number.isSafeInteger(value))) return false;
  return (without === 'least' ? value > least : value >= least) && (without === 'most' ? value < most : value <= most);
}

/** "a whole number from 1 to 64", "a number above 0 and at most 1", "a whole number of at least 0" */
export function rangeText({ least, most, whole = false, without }: NumberRange): string {
  const number = whole ? 'a whole number' : 'a number';
  if (most >= Number.MAX_SAFE_INTEGER) return `${number} of at least ${least}`;
  if (without === 'least') return `${number} above ${least} and at most ${most}`;
  return `${number} from ${least} to ${without === 'most' ? 'below ' : ''}${most}`;
}

/** The value, or the nearest one of the range; `fallback` for what is no number. */
export function pulledInto(range: NumberRange, value: unknown, fallback: number): number {
  if (typeof value !== 'number' || Number.isNaN(value)) return fallback;
  const near = Math.min(Math.max(value, range.least), range.most);
  return range.whole === true ? Math.round(near) : near;
}
