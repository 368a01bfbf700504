/** How much of each pixel every colour covers: at an edge two of them share it. */
import { apart, nearest, NOTHING, type Mix } from './palette';

/** Pixels nearer to a colour than this are wholly that colour. */
const PURE = 0.07;
/** Colours of an edge lie within so many pixels on each side of it. */
const NEAR = 2;

export interface Shares {
  /** By colour of the palette, row by row, 0 to 1; what is missing to 1 is background. */
  readonly shares: readonly Float64Array[];
  /** Distance of every pixel from what the shares say. */
  readonly away: Float64Array;
}

/** `palette` without the background, which is added here. */
export function sharesOf(mixes: readonly Mix[], palette: readonly Mix[], width: number): Shares {
  const colours = [...palette, NOTHING];
  const pure = mixes.map((mix) => {
    const { index, away } = nearest(colours, mix);
    return away < PURE ? index : undefined;
  });
  const shares = palette.map(() => new Float64Array(mixes.length));
  const off = new Float64Array(mixes.length);
  mixes.forEach((mix, i) => {
    const own = pure[i];
    const { parts, away } =
      own === undefined ? mixture(mix, colours, around(pure, width, i)) : whole(own, mix, colours);
    off[i] = away;
    for (const { index, share } of parts) {
      const field = shares[index];
      if (field !== undefined) field[i] = share;
    }
  });
  return { shares, away: off };
}

interface Mixture {
  readonly parts: readonly { readonly index: number; readonly share: number }[];
  readonly away: number;
}

function whole(index: number, mix: Mix, colours: readonly Mix[]): Mixture {
  return { parts: [{ index, share: 1 }], away: apart(colours[index] ?? NOTHING, mix) };
}

/** Of the two colours between which it lies best: those that are found nearby, or else any. */
function mixture(mix: Mix, colours: readonly Mix[], nearby: readonly number[]): Mixture {
  const candidates = nearby.length >= 2 ? nearby : [...colours.keys()];
  let best = whole(nearest(colours, mix).index, mix, colours);
  for (const a of candidates) {
    for (const b of candidates) {
      if (b <= a) continue;
      const { share, away } = between(mix, colours[a] ?? NOTHING, colours[b] ?? NOTHING);
      if (away >= best.away) continue;
      best = {
        parts: [
          { index: a, share: 1 - share },
          { index: b, share },
        ],
        away,
      };
    }
  }
  return best;
}

/** The share of `b` in the point nearest to `mix` on the line from `a` to `b`. */
function between(mix: Mix, a: Mix, b: Mix): { readonly share: number; readonly away: number } {
  const direction = b.map((value, c) => value - (a[c] ?? 0));
  const length = direction.reduce((sum, value) => sum + value * value, 0);
  const along = direction.reduce((sum, value, c) => sum + value * ((mix[c] ?? 0) - (a[c] ?? 0)), 0);
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, along / length));
  const point = a.map((value, c) => value + share * (direction[c] ?? 0)) as unknown as Mix;
  return { share, away: apart(point, mix) };
}

/** Colours of the pure pixels nearby, each once. */
function around(pure: readonly (number | undefined)[], width: number, index: number): number[] {
  const found = new Set<number>();
  const [x, y] = [index % width, Math.floor(index / width)];
  const height = pure.length / width;
  for (let row = Math.max(0, y - NEAR); row <= Math.min(height - 1, y + NEAR); row++) {
    for (let column = Math.max(0, x - NEAR); column <= Math.min(width - 1, x + NEAR); column++) {
      const colour = pure[row * width + column];
      if (colour !== undefined) found.add(colour);
    }
  }
  return [...found];
}
