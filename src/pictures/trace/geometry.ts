/** Points and closed lines, in pixels; y goes down. */

export type Point = readonly [x: number, y: number];

/** A closed line: the last point is joined to the first and does not repeat it. */
export type Ring = readonly Point[];

export function distance([ax, ay]: Point, [bx, by]: Point): number {
  return Math.hypot(bx - ax, by - ay);
}

/** Index as on a closed line. */
export function around<T>(items: readonly T[], index: number): T {
  const item = items[((index % items.length) + items.length) % items.length];
  if (item === undefined) throw new Error('A ring without points');
  return item;
}

/** Length of a closed line. */
export function lengthOf(ring: Ring): number {
  return ring.reduce((sum, point, i) => sum + distance(point, around(ring, i + 1)), 0);
}

/** Where two lines meet, each through a point in a direction; undefined for parallel ones. */
export function meeting(a: Point, directionA: Point, b: Point, directionB: Point): Point | undefined {
  const cross = directionA[0] * directionB[1] - directionA[1] * directionB[0];
  if (Math.abs(cross) < 1e-9) return undefined;
  const along = ((b[0] - a[0]) * directionB[1] - (b[1] - a[1]) * directionB[0]) / cross;
  return [a[0] + along * directionA[0], a[1] + along * directionA[1]];
}

/** The largest distance of points from the line through `a` and `b`. */
export function bulge(points: readonly Point[], a: Point, b: Point): number {
  const length = distance(a, b);
  if (length === 0) return Infinity;
  const away = ([x, y]: Point): number => Math.abs((b[0] - a[0]) * (a[1] - y) - (a[0] - x) * (b[1] - a[1])) / length;
  return points.reduce((most, point) => Math.max(most, away(point)), 0);
}
