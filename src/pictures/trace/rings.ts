/** Outlines in a field of opacities, to a fraction of a pixel. */
import { contours } from 'd3-contour';
import { around, distance, lengthOf, type Point, type Ring } from './geometry';

/** Even steps along an outline, in pixels. */
const STEP = 0.5;
/** Shorter outlines are specks, in pixels of length. */
const SHORTEST = 3;

/** A field of values 0 to 1, row by row. */
export interface Field {
  readonly width: number;
  readonly height: number;
  readonly values: Float64Array;
}

/** Where the field passes one half (marching squares with linear interpolation), as points at even steps; specks are left out. */
export function ringsOf({ width, height, values }: Field): Ring[] {
  const [multi] = contours().size([width, height]).thresholds([0.5])(Array.from(values));
  return (multi?.coordinates ?? [])
    .flat()
    .map((ring) => ring.slice(0, -1).map(([x = 0, y = 0]): Point => [x, y]))
    .filter((ring) => lengthOf(ring) >= SHORTEST)
    .map(atEvenSteps);
}

function atEvenSteps(ring: Ring): Ring {
  const count = Math.max(8, Math.round(lengthOf(ring) / STEP));
  const step = lengthOf(ring) / count;
  const points: Point[] = [];
  let [index, passed] = [0, 0];
  for (let i = 0; i < count; i++) {
    for (; index < ring.length - 1; index++) {
      const length = distance(around(ring, index), around(ring, index + 1));
      if (passed + length >= i * step) break;
      passed += length;
    }
    const [from, to] = [around(ring, index), around(ring, index + 1)];
    const length = distance(from, to);
    const share = length === 0 ? 0 : Math.min(1, (i * step - passed) / length);
    points.push([from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])]);
  }
  return points;
}
