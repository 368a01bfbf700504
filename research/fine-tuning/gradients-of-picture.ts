/** Histograms of oriented gradients (Dalal & Triggs 2005): what is drawn, without its colours. */
import type { RawImage } from '../../src/pictures/raw';

const CELL = 8;
const DIRECTIONS = 9;

/** How many numbers `orientedGradients` gives for a picture of this side. */
export function gradientCount(side: number): number {
  return (side / CELL) ** 2 * DIRECTIONS;
}

/** One histogram of unsigned directions for every cell of 8 × 8 pixels, normalised among its neighbours. */
export function orientedGradients(image: RawImage): Float32Array {
  const cells = image.width / CELL;
  const histograms = new Float32Array(gradientCount(image.width));
  const planes = premultipliedPlanes(image);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      const [dx, dy] = strongest(planes, image.width, x, y);
      const size = Math.hypot(dx, dy);
      if (size < 0.02) continue;
      const angle = ((Math.atan2(dy, dx) / Math.PI + 1) % 1) * DIRECTIONS;
      spread(histograms, { x: (x + 0.5) / CELL - 0.5, y: (y + 0.5) / CELL - 0.5, angle, size, cells });
    }
  }
  return normalised(histograms, cells);
}

interface Vote {
  /** In cells, from the middle of the first one. */
  readonly x: number;
  readonly y: number;
  /** In directions. */
  readonly angle: number;
  readonly size: number;
  readonly cells: number;
}

/** A vote goes to the nearest cells and directions, each according to how near it is. */
function spread(histograms: Float32Array, { x, y, angle, size, cells }: Vote): void {
  const [left, top, low] = [Math.floor(x), Math.floor(y), Math.floor(angle)];
  for (const [cx, wx] of [[left, left + 1 - x] as const, [left + 1, x - left] as const]) {
    for (const [cy, wy] of [[top, top + 1 - y] as const, [top + 1, y - top] as const]) {
      if (cx < 0 || cy < 0 || cx >= cells || cy >= cells) continue;
      const cell = (cy * cells + cx) * DIRECTIONS;
      histograms[cell + (low % DIRECTIONS)]! += size * wx * wy * (low + 1 - angle);
      histograms[cell + ((low + 1) % DIRECTIONS)]! += size * wx * wy * (angle - low);
    }
  }
}

function normalised(histograms: Float32Array, cells: number): Float32Array {
  const energy = (cx: number, cy: number): number => {
    if (cx < 0 || cy < 0 || cx >= cells || cy >= cells) return 0;
    const cell = (cy * cells + cx) * DIRECTIONS;
    return histograms.subarray(cell, cell + DIRECTIONS).reduce((sum, value) => sum + value * value, 0);
  };
  return histograms.map((value, i) => {
    const cell = Math.floor(i / DIRECTIONS);
    const [cx, cy] = [cell % cells, Math.floor(cell / cells)];
    let around = 0;
    for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) around += energy(cx + dx, cy + dy);
    return Math.sqrt(value / (Math.sqrt(around) + 1));
  });
}

/** Red, green, blue (times alpha) and alpha, each in [0, 1]. */
function premultipliedPlanes({ width, height, data }: RawImage): readonly Float32Array[] {
  return [0, 1, 2, 3].map((c) =>
    Float32Array.from({ length: width * height }, (_, i) => {
      const alpha = data[4 * i + 3]! / 255;
      return c === 3 ? alpha : (data[4 * i + c]! / 255) * alpha;
    }),
  );
}

/** The gradient of the plane where it is largest. */
function strongest(planes: readonly Float32Array[], width: number, x: number, y: number): [number, number] {
  let best: [number, number] = [0, 0];
  for (const plane of planes) {
    const at = (px: number, py: number): number =>
      px < 0 || py < 0 || px >= width || py * width >= plane.length ? 0 : plane[py * width + px]!;
    const gradient: [number, number] = [at(x + 1, y) - at(x - 1, y), at(x, y + 1) - at(x, y - 1)];
    if (Math.hypot(...gradient) > Math.hypot(...best)) best = gradient;
  }
  return best;
}
