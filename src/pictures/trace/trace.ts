/** A flat picture as outlines: a few areas of one colour each, drawn one over the other. */
import type { RawImage } from '../raw';
import { fitted, type Outline } from './fit';
import { colourOfAreas, colourOfLines, MOST_COLOURS, mixesOf, NOTHING, type Mix } from './palette';
import { pathText } from './path-text';
import { ringsOf } from './rings';
import { sharesOf } from './shares';

export interface TracedLayer {
  /** sRGB, 0 to 255. */
  readonly colour: readonly [red: number, green: number, blue: number];
  /** 0 to 1. */
  readonly opacity: number;
  /** The text of the path in units of the viewBox, filled by the rule 'evenodd'. */
  readonly path: string;
}

export interface Traced {
  /** From the bottom to the top. */
  readonly layers: readonly TracedLayer[];
  /** Lines, curves and circles of all layers. */
  readonly segments: number;
  /** Root mean square difference between the picture and its areas of even colour, 0 to 1; large for a painterly picture. */
  readonly error: number;
}

/** Opaque enough to hide what lies below it. */
const OPAQUE = 0.97;
/** An eighth of a colour step in opacity: what rounding makes of 1. */
const WHOLE = 0.985;

/** `unitsPerPixel`: of the viewBox that the paths are for. RGBA. A picture without anything visible gives no layers. */
export function trace(image: RawImage, unitsPerPixel: number): Traced {
  const { width, height } = image;
  const mixes = mixesOf(image);
  const { palette, shares, error } = areasOf(mixes, width);
  const scale = { unitsPerPixel, digits: digitsFor(unitsPerPixel) };
  let segments = 0;
  const layers = stacked(palette, shares, width).flatMap(({ mix, field }) => {
    const outlines = ringsOf({ width, height, values: field }).map(fitted);
    segments += countOf(outlines);
    return outlines.length === 0 ? [] : [{ ...colourOf(mix), path: pathText(outlines, scale) }];
  });
  return { layers, segments, error };
}

/** Colours and what they cover: first those of areas, then, one by one, those of lines that these do not explain. */
function areasOf(
  mixes: readonly Mix[],
  width: number,
): { palette: Mix[]; shares: readonly Float64Array[]; error: number } {
  const palette = colourOfAreas(mixes, width);
  for (;;) {
    const { shares, away } = sharesOf(mixes, palette, width);
    const further = palette.length < MOST_COLOURS ? colourOfLines(mixes, away) : undefined;
    if (further === undefined) {
      return { palette, shares, error: Math.sqrt(away.reduce((sum, value) => sum + value ** 2, 0) / away.length) };
    }
    palette.push(opaque(further));
  }
}

/** The thinnest lines cover their pixels only partly; their ink is not pale. */
function opaque(mix: Mix): Mix {
  const [red, green, blue, opacity] = mix;
  return opacity < OPAQUE / 2 || opacity >= WHOLE ? mix : [red / opacity, green / opacity, blue / opacity, 1];
}

interface Layer {
  readonly mix: Mix;
  readonly field: Float64Array;
}

/**
 * Each area also covers all that lies above it, so that no gap shows between two of them: translucent ones first, then from the outside in. What
 * lies above a translucent area must hide it; where that is translucent too, both keep to themselves.
 */
function stacked(palette: readonly Mix[], shares: readonly Float64Array[], width: number): Layer[] {
  const order = fromOutside(palette, shares, width).sort(
    (a, b) => Number(isOpaque(palette[a])) - Number(isOpaque(palette[b])),
  );
  return order.map((colour, place) => {
    const mix = palette[colour] ?? NOTHING;
    const above = order.slice(place + 1).filter((other) => isOpaque(palette[other]));
    const field = new Float64Array(shares[colour] ?? []);
    for (const other of above) shares[other]?.forEach((share, i) => (field[i] = (field[i] ?? 0) + share));
    return { mix, field };
  });
}

function isOpaque(mix: Mix | undefined): boolean {
  return (mix ?? NOTHING)[3] >= OPAQUE;
}

/** Colours in the order in which they are met from the background inwards: next comes the one with the longest border to what was met. */
function fromOutside(palette: readonly Mix[], shares: readonly Float64Array[], width: number): number[] {
  const left = new Set(palette.keys());
  const size = shares[0]?.length ?? 0;
  const met = new Float64Array(size).map((_, i) => 1 - shares.reduce((sum, field) => sum + (field[i] ?? 0), 0));
  const order: number[] = [];
  while (left.size > 0) {
    const [next = 0] = [...left].sort((a, b) => border(shares[b], met, width) - border(shares[a], met, width));
    left.delete(next);
    order.push(next);
    shares[next]?.forEach((share, i) => (met[i] = (met[i] ?? 0) + share));
  }
  return order;
}

/** Length of the border between two areas, about in pixels. */
function border(field: Float64Array | undefined, met: Float64Array, width: number): number {
  let length = 0;
  field?.forEach((share, i) => {
    if (share < 0.5) return;
    for (const step of [-1, 1, -width, width]) if ((met[i + step] ?? 1) >= 0.5) length++;
  });
  return length;
}

function colourOf([red, green, blue, opacity]: Mix): Pick<TracedLayer, 'colour' | 'opacity'> {
  const whole = (part: number): number => Math.min(255, Math.round((255 * part) / Math.max(opacity, 1 / 255)));
  return {
    colour: [whole(red), whole(green), whole(blue)],
    opacity: opacity >= OPAQUE ? 1 : Number(opacity.toFixed(2)),
  };
}

/** As many as show a fortieth of a pixel. */
function digitsFor(unitsPerPixel: number): number {
  return Math.max(0, Math.ceil(-Math.log10(unitsPerPixel / 40)));
}

function countOf(outlines: readonly Outline[]): number {
  return outlines.reduce((sum, outline) => sum + (outline.kind === 'circle' ? 1 : outline.segments.length), 0);
}
