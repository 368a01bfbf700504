/** Which icons of a set show its style best to a model that reads only a few. */
import { REFERENCE_COUNT } from '../domain/limits';
import { inkOf } from '../pictures/ink';
import type { RawImage } from '../pictures/raw';

/** What a drawing covers is compared in so many cells on each side. */
const CELLS = 8;

export interface Candidate {
  readonly id: string;
  /** Folder and style, as a scan groups icons. */
  readonly group: string;
  /** RGBA, square. */
  readonly image: RawImage;
}

/**
 * Icons of one style, the largest group's: of those in one ink or of those in several colours, whichever are more, the ones that differ most
 * from each other in what they cover. In the order of choice; the same for the same set.
 */
export function chooseReferences<T extends Candidate>(icons: readonly T[], most: number = REFERENCE_COUNT.most): T[] {
  const group = largest(icons, ({ group: name }) => name);
  const alike = largest(group, ({ image }) => String(inkOf(image) !== undefined));
  return spread(alike, most);
}

/** The largest part by key; of equal ones the first. */
function largest<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const parts = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const part = parts.get(key);
    if (part === undefined) parts.set(key, [item]);
    else part.push(item);
  }
  return [...parts.values()].reduce<readonly T[]>((best, part) => (part.length > best.length ? part : best), []);
}

/** Farthest-point sampling (Gonzalez 1985), from the icon that is nearest to the mean. */
function spread<T extends Candidate>(icons: readonly T[], most: number): T[] {
  const shapes = icons.map(({ image }) => coverage(image));
  const mean = shapes[0]?.map((_, cell) => shapes.reduce((sum, shape) => sum + (shape[cell] ?? 0), 0) / shapes.length);
  if (mean === undefined) return [];
  let next = indexOfLeast(shapes.map((shape) => distance(shape, mean)));
  const chosen: number[] = [];
  const away = shapes.map(() => Infinity);
  while (chosen.length < Math.min(most, icons.length)) {
    chosen.push(next);
    shapes.forEach((shape, i) => {
      away[i] = chosen.includes(i) ? -1 : Math.min(away[i] ?? 0, distance(shape, shapes[next] ?? shape));
    });
    next = indexOfLeast(away.map((value) => -value));
  }
  return chosen.flatMap((index) => icons[index] ?? []);
}

/** Mean opacity of CELLS × CELLS cells, 0 to 1. */
function coverage({ width, data }: RawImage): number[] {
  const cells = new Array<number>(CELLS * CELLS).fill(0);
  for (let pixel = 0; pixel < width * width; pixel++) {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    const cell = Math.floor((y * CELLS) / width) * CELLS + Math.floor((x * CELLS) / width);
    cells[cell] = (cells[cell] ?? 0) + (data[4 * pixel + 3] ?? 0) / 255 / (width / CELLS) ** 2;
  }
  return cells;
}

function distance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0);
}

function indexOfLeast(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value < (values[best] ?? Infinity) ? i : best), 0);
}
