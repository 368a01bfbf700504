/** An outline as few curves: circles, straight lines, and Bézier curves between corners. */
import fitCurve from 'fit-curve';
import { cornersOf, smoothed } from './corners';
import { around, bulge, distance, meeting, type Point, type Ring } from './geometry';

/** How far a curve may be from the outline, in pixels. */
const TOLERANCE = 0.16;
/** How far a straight line may be. */
const LINE_TOLERANCE = 0.2;
/** How far a circle may be, and the smallest one worth looking for. */
const CIRCLE = { tolerance: 0.17, radius: 1.5 } as const;
/** Pixels round a corner off; so many points on each side of one are replaced by where its sides would meet. */
const ROUNDED = 3;
/** A corner is not moved further than this. */
const FURTHEST = 1.6;

export type Segment =
  | { readonly kind: 'line'; readonly to: Point }
  | { readonly kind: 'curve'; readonly control1: Point; readonly control2: Point; readonly to: Point };

export type Outline =
  | { readonly kind: 'circle'; readonly centre: Point; readonly radius: number; readonly clockwise: boolean }
  | { readonly kind: 'path'; readonly start: Point; readonly segments: readonly Segment[] };

/** `ring`: points at even steps. */
export function fitted(ring: Ring): Outline {
  const corners = cornersOf(ring);
  if (corners.length === 0) {
    const circle = circleOf(ring);
    if (circle !== undefined) return circle;
  }
  const smooth = smoothed(ring, corners);
  const sides = sidesOf(smooth, corners);
  const ends = corners.length === 0 ? [] : sharpened(sides);
  const segments = sides.flatMap((side, i) => fittedSide(side, ends[i], ends[(i + 1) % sides.length]));
  return { kind: 'path', start: ends[0] ?? around(smooth, 0), segments };
}

/** From corner to corner, both included; the whole ring where there is none. */
function sidesOf(ring: Ring, corners: readonly number[]): Point[][] {
  const starts = corners.length === 0 ? [0] : corners;
  return starts.map((start, i) => {
    const next = starts[i + 1] ?? (starts[0] ?? 0) + ring.length;
    return Array.from({ length: next - start + 1 }, (_, k) => around(ring, start + k));
  });
}

/** Where each side should begin: where it and the side before it would meet if the corner were not rounded off. */
function sharpened(sides: readonly (readonly Point[])[]): Point[] {
  return sides.map((side, i) => {
    const corner = around(side, 0);
    const [before, after] = [tangent(around(sides, i - 1), 'end'), tangent(side, 'start')];
    const met = before && after && meeting(before.at, before.direction, after.at, after.direction);
    return met !== undefined && distance(met, corner) <= FURTHEST ? met : corner;
  });
}

interface Tangent {
  readonly at: Point;
  readonly direction: Point;
}

/** Which way a side leads beyond what is rounded off; undefined for a side that is too short to have a direction. */
function tangent(side: readonly Point[], where: 'start' | 'end'): Tangent | undefined {
  const inner = withoutRounding(side);
  if (inner.length < ROUNDED) return undefined;
  const [first, last] = [0, inner.length - 1] as const;
  // A straight side has one direction; the pixels' ripple on a short part of it would tell another.
  const reach = bulge(inner, around(inner, first), around(inner, last)) <= LINE_TOLERANCE ? last : ROUNDED;
  const [at, further] = where === 'start' ? [first, reach] : [last, last - reach];
  const [here, there] = [around(inner, at), around(inner, further)];
  return { at: here, direction: [here[0] - there[0], here[1] - there[1]] };
}

function withoutRounding(side: readonly Point[]): readonly Point[] {
  return side.length >= 3 * ROUNDED ? side.slice(ROUNDED, -ROUNDED) : [];
}

function fittedSide(side: readonly Point[], start: Point | undefined, end: Point | undefined): Segment[] {
  const sharp = withoutRounding(side);
  const inner = sharp.length > 0 ? sharp : side.slice(1, -1);
  const points = start === undefined || end === undefined ? [...side] : [start, ...inner, end];
  const [first, last] = [around(points, 0), around(points, points.length - 1)];
  if (bulge(points, first, last) <= LINE_TOLERANCE) return [{ kind: 'line', to: last }];
  const curves = fitCurve(
    points.map(([x, y]) => [x, y]),
    TOLERANCE ** 2,
  );
  return curves.map(([, control1, control2, to]): Segment => ({
    kind: 'curve',
    control1: pointOf(control1),
    control2: pointOf(control2),
    to: pointOf(to),
  }));
}

function pointOf(numbers: readonly number[] | undefined): Point {
  return [numbers?.[0] ?? 0, numbers?.[1] ?? 0];
}

/** The circle of the mean centre and radius, where every point lies on it. */
function circleOf(ring: Ring): Outline | undefined {
  const centre = ring
    .reduce<Point>(([sx, sy], [x, y]): Point => [sx + x, sy + y], [0, 0])
    .map((sum) => sum / ring.length) as unknown as Point;
  const radii = ring.map((point) => distance(point, centre));
  const radius = radii.reduce((sum, value) => sum + value, 0) / radii.length;
  const off = radii.reduce((most, value) => Math.max(most, Math.abs(value - radius)), 0);
  if (radius < CIRCLE.radius || off > CIRCLE.tolerance) return undefined;
  return { kind: 'circle', centre, radius, clockwise: signedArea(ring) > 0 };
}

/** Positive for a ring that goes clockwise as it is seen. */
function signedArea(ring: Ring): number {
  return ring.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = around(ring, i + 1);
    return sum + x * nextY - nextX * y;
  }, 0);
}
