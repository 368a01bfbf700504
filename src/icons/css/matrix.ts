/** Affine matrices (a b c d e f) of SVG, and the transform lists of SVG and CSS as such. CSS Transforms 1 and 2. */
import { notSupported, reckoned } from './lengths';

export type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0];

export function translation(x: number, y: number): Matrix {
  return [1, 0, 0, 1, x, y];
}

/** First the second, then the first, as in a list of transforms. */
export function times([a, b, c, d, e, f]: Matrix, [g, h, i, j, k, l]: Matrix): Matrix {
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}

export function isIdentity(matrix: Matrix): boolean {
  return matrix.every((part, index) => Math.abs(part - (IDENTITY[index] ?? 0)) < 1e-9);
}

/** How much longer lines become; undefined when that depends on their direction. */
export function uniformScale([a, b, c, d]: Matrix): number | undefined {
  const [x, y] = [Math.hypot(a, b), Math.hypot(c, d)];
  const isUniform = Math.abs(x - y) <= 1e-3 * Math.max(x, y) && Math.abs(a * c + b * d) <= 1e-3 * x * y;
  return isUniform ? x : undefined;
}

export function matrixText(matrix: Matrix): string {
  return `matrix(${matrix.map((part) => Number(part.toFixed(9))).join(' ')})`;
}

/** What percentages and units are of. */
export interface TransformPlace {
  readonly property: string;
  readonly width: number;
  readonly height: number;
  readonly fontSize: number;
}

const FUNCTION = /(?<![a-z0-9])([a-z0-9]+)\s*\(([^()]*)\)/gi;
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?(?:%|[a-z]+)?/gi;

/** Throws SkippedIcon for transforms in space, and for what is none. */
export function transformOf(written: string, place: TransformPlace): Matrix {
  const value = reckoned(place.property, written.trim());
  if (value === '' || value.toLowerCase() === 'none') return IDENTITY;
  if (value.replace(FUNCTION, '').replace(/[\s,]/g, '') !== '') throw notSupported(place.property, written);
  return [...value.matchAll(FUNCTION)].reduce((matrix, [all, name = '', inner = '']) => {
    // SVG's numbers may stand without anything between them: "translate(3-4.5.5)".
    const parts = inner.match(NUMBER) ?? [];
    const isWhole = inner.replace(NUMBER, '').replace(/[\s,]/g, '') === '';
    const one = isWhole ? FUNCTIONS[name.toLowerCase()]?.(argumentsOf(parts, place)) : undefined;
    if (one?.every(Number.isFinite) !== true) throw notSupported(place.property, all);
    return times(matrix, one);
  }, IDENTITY);
}

/** The arguments of one function of a list. */
interface Arguments {
  readonly count: number;
  readonly number: (index: number, missing?: number) => number;
  readonly x: (index: number) => number;
  readonly y: (index: number) => number;
  readonly radians: (index: number) => number;
  readonly isZero: (index: number) => boolean;
}

function argumentsOf(parts: readonly string[], place: TransformPlace): Arguments {
  return {
    count: parts.length,
    number: (index, missing = NaN) => {
      const part = parts[index];
      if (part === undefined) return missing;
      return part.endsWith('%') ? Number(part.slice(0, -1)) / 100 : Number(part);
    },
    x: (index) => lengthOf(parts[index], place.width, place),
    y: (index) => lengthOf(parts[index], place.height, place),
    radians: (index) => angleOf(parts[index]),
    isZero: (index) => Number.parseFloat(parts[index] ?? '0') === 0,
  };
}

const scaling = ({ number }: Arguments): Matrix => [number(0), 0, 0, number(1, number(0)), 0, 0];

/** Undefined for what leaves the plane. */
const FUNCTIONS: Readonly<Record<string, (given: Arguments) => Matrix | undefined>> = {
  matrix: ({ number }) => [number(0), number(1), number(2), number(3), number(4), number(5)],
  translate: ({ x, y }) => translation(x(0), y(1)),
  translatex: ({ x }) => translation(x(0), 0),
  translatey: ({ y }) => translation(0, y(0)),
  translatez: ({ isZero }) => (isZero(0) ? IDENTITY : undefined),
  translate3d: ({ x, y, isZero }) => (isZero(2) ? translation(x(0), y(1)) : undefined),
  scale: scaling,
  scale3d: scaling,
  scalex: ({ number }) => [number(0), 0, 0, 1, 0, 0],
  scaley: ({ number }) => [1, 0, 0, number(0), 0, 0],
  rotate: ({ radians, x, y, count }) => around(rotation(radians(0)), count > 1 ? [x(1), y(2)] : [0, 0]),
  rotatez: ({ radians }) => rotation(radians(0)),
  rotatex: ({ isZero }) => (isZero(0) ? IDENTITY : undefined),
  rotatey: ({ isZero }) => (isZero(0) ? IDENTITY : undefined),
  rotate3d: ({ number, radians, isZero }) =>
    isZero(0) && isZero(1) ? rotation(Math.sign(number(2)) * radians(3)) : undefined,
  skewx: ({ radians }) => [1, 0, Math.tan(radians(0)), 1, 0, 0],
  skewy: ({ radians }) => [1, Math.tan(radians(0)), 0, 1, 0, 0],
  skew: ({ radians, count }) => [1, count > 1 ? Math.tan(radians(1)) : 0, Math.tan(radians(0)), 1, 0, 0],
};

export function around(matrix: Matrix, [x, y]: readonly [x: number, y: number]): Matrix {
  return times(times(translation(x, y), matrix), translation(-x, -y));
}

function rotation(radians: number): Matrix {
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  return [cos, sin, -sin, cos, 0, 0];
}

/** Degrees when there is no unit. */
const ANGLES: Readonly<Record<string, number>> = { '': 360, deg: 360, grad: 400, rad: 2 * Math.PI, turn: 1 };

function angleOf(text: string | undefined): number {
  const [, digits, unit = ''] = /^([+-]?[\d.]+(?:e[+-]?\d+)?)([a-z]*)$/i.exec(text ?? '') ?? [];
  return (Number(digits ?? NaN) / (ANGLES[unit.toLowerCase()] ?? NaN)) * 2 * Math.PI;
}

const WORDS: Readonly<Record<string, number>> = { left: 0, top: 0, center: 0.5, right: 1, bottom: 1 };
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  px: 1,
  pt: 96 / 72,
  pc: 16,
  in: 96,
  cm: 96 / 2.54,
  mm: 96 / 25.4,
};

function lengthOf(text: string | undefined, whole: number, { fontSize }: TransformPlace): number {
  if (text === undefined) return 0;
  const [, digits, unit = ''] = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)(%|[a-z]*)$/i.exec(text) ?? [];
  if (unit === '%') return (Number(digits) / 100) * whole;
  return Number(digits ?? NaN) * (unit.toLowerCase() === 'em' ? fontSize : (UNITS[unit.toLowerCase()] ?? NaN));
}

/** `transform-origin`: "center", "50% 2px", "top left", "12 12". */
export function originOf(written: string, place: TransformPlace): readonly [x: number, y: number] {
  const words = reckoned(place.property, written).trim().toLowerCase().split(/\s+/);
  let [first = '', second = 'center'] = words;
  if (/^(top|bottom)$/.test(first) || /^(left|right)$/.test(second)) [first, second] = [second, first];
  const point = (word: string, whole: number): number =>
    WORDS[word] === undefined ? lengthOf(word, whole, place) : WORDS[word] * whole;
  const [x, y] = [point(first, place.width), point(second, place.height)];
  if (!Number.isFinite(x) || !Number.isFinite(y)) throw notSupported(place.property, written);
  return [x, y];
}
