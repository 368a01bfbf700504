/** The few colours that a flat picture is made of. */
import type { RawImage } from '../raw';

/** Premultiplied red, green and blue and the opacity, each 0 to 1: mixtures of two colours lie on the line between them. */
export type Mix = readonly [red: number, green: number, blue: number, opacity: number];

export const NOTHING: Mix = [0, 0, 0, 0];

/** More colours than these are no flat picture. */
export const MOST_COLOURS = 8;
/** Colours nearer than this are one. */
const SAME = 0.14;
/** A colour of fewer pixels than this share of all visible ones is a mixture at an edge. */
const FEWEST = 0.012;
/** Pixels further than this from every mixture of known colours have a colour that is not known. */
const STRANGE = 0.13;
/** Pixels whose neighbours are this near lie inside an area and not at its edge. */
const EVEN = 0.08;

/** Of every pixel, row by row. RGBA, straight alpha. */
export function mixesOf({ data }: RawImage): Mix[] {
  const mixes: Mix[] = [];
  for (let i = 0; i < data.length; i += 4) {
    const alpha = (data[i + 3] ?? 0) / 255;
    const part = (c: number): number => (alpha * (data[i + c] ?? 0)) / 255;
    mixes.push([part(0), part(1), part(2), alpha]);
  }
  return mixes;
}

export function apart(a: Mix, b: Mix): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2], a[3] - b[3]);
}

/** Colours of the picture's even areas, the most frequent first. Edges give none: their pixels are mixtures. */
export function colourOfAreas(mixes: readonly Mix[], width: number): Mix[] {
  const even = mixes.filter((mix, i) => apart(mix, NOTHING) >= SAME && isEven(mixes, width, i));
  const palette: Mix[] = [];
  for (const { centre, count } of groupsOf(even)) {
    const isNew = palette.length === 0 || nearest(palette, centre).away >= SAME;
    if (isNew && count >= FEWEST * even.length) palette.push(centre);
  }
  return palette.slice(0, MOST_COLOURS);
}

/**
 * The colour of lines so thin that none of their pixels is wholly theirs: of the pixels that no mixture of known colours explains, the group that
 * is furthest off, and of it those that are furthest. `away`: how far each pixel is from what is known. Undefined where too few are left.
 */
export function colourOfLines(mixes: readonly Mix[], away: Float64Array): Mix | undefined {
  const visible = mixes.filter((mix) => apart(mix, NOTHING) >= SAME).length;
  const strange = [...mixes.keys()]
    .filter((i) => (away[i] ?? 0) > STRANGE)
    .sort((a, b) => (away[b] ?? 0) - (away[a] ?? 0));
  if (strange.length === 0 || strange.length < FEWEST * visible) return undefined;
  const [group] = groupsOf(strange.map((i) => mixes[i] ?? NOTHING));
  const members = group === undefined ? [] : group.members;
  return mean(members.slice(0, Math.ceil(members.length / 4)));
}

/** What is nearest to a mixture, and how near. */
export function nearest(palette: readonly Mix[], mix: Mix): { readonly index: number; readonly away: number } {
  return palette.reduce(
    (best, colour, index) => {
      const away = apart(colour, mix);
      return away < best.away ? { index, away } : best;
    },
    { index: -1, away: Infinity },
  );
}

function isEven(mixes: readonly Mix[], width: number, index: number): boolean {
  const here = mixes[index] ?? NOTHING;
  return [-1, 1, -width, width].every((step) => apart(mixes[index + step] ?? NOTHING, here) < EVEN);
}

interface Group {
  /** Of all members. */
  readonly centre: Mix;
  readonly count: number;
  /** In the order in which they came. */
  readonly members: readonly Mix[];
}

/** Groups of like pixels, the largest first. */
function groupsOf(pixels: readonly Mix[]): Group[] {
  const groups: { readonly seed: Mix; readonly members: Mix[] }[] = [];
  for (const mix of pixels) {
    const group = groups.find(({ seed }) => apart(seed, mix) < SAME / 2);
    if (group === undefined) groups.push({ seed: mix, members: [mix] });
    else group.members.push(mix);
  }
  return groups
    .sort((a, b) => b.members.length - a.members.length)
    .map(({ members }) => ({ centre: mean(members), count: members.length, members }));
}

function mean(mixes: readonly Mix[]): Mix {
  const part = (c: number): number => mixes.reduce((sum, mix) => sum + (mix[c] ?? 0), 0) / mixes.length;
  return [part(0), part(1), part(2), part(3)];
}
