/** Where an outline turns sharply, and how it runs between those places. */
import { around, type Point, type Ring } from './geometry';

/** An outline turns over so many points on each side of one: two pixels. */
const REACH = 4;
/** The least turn of a corner. */
const SHARP = (38 * Math.PI) / 180;
/** How much of that turn a corner makes within half the reach; an arc makes half of it. */
const SUDDEN = 0.64;
/** A turn that only a corner makes: pixels cut the tip of an acute one off. No line of three pixels has a rounder end. */
const ACUTE = (95 * Math.PI) / 180;

/** Indices of the corners, in order: the sharpest turn of each bend that is sharp enough. */
export function cornersOf(ring: Ring): number[] {
  const turns = ring.map((_, i) => turnAt(ring, i, REACH));
  return [...turns.keys()].filter((i) => {
    const turn = around(turns, i);
    if (turn < SHARP || (turn < ACUTE && turnAt(ring, i, REACH / 2) < SUDDEN * turn)) return false;
    for (let k = 1; k <= REACH; k++) if (around(turns, i + k) > turn || around(turns, i - k) >= turn) return false;
    return true;
  });
}

/** Radians, without sign. */
function turnAt(ring: Ring, index: number, reach: number): number {
  const [before, here, after] = [around(ring, index - reach), around(ring, index), around(ring, index + reach)];
  const into = Math.atan2(here[1] - before[1], here[0] - before[0]);
  const out = Math.atan2(after[1] - here[1], after[0] - here[0]);
  const turn = Math.abs(out - into);
  return Math.min(turn, 2 * Math.PI - turn);
}

/** The outline without the ripple that pixels leave on it; corners stay where they are. */
export function smoothed(ring: Ring, corners: readonly number[]): Ring {
  const fixed = new Set(corners);
  return ring.map((point, i): Point => {
    if (fixed.has(i)) return point;
    const [before, after] = [around(ring, i - 1), around(ring, i + 1)];
    return [(before[0] + 2 * point[0] + after[0]) / 4, (before[1] + 2 * point[1] + after[1]) / 4];
  });
}
