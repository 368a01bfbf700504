/** Colours of CSS Color 4 and 5 as the sRGB that a screen shows: the rasteriser knows those of CSS 2 only. */
import {
  clampRgb,
  converter,
  fixupHueDecreasing,
  fixupHueIncreasing,
  fixupHueLonger,
  fixupHueShorter,
  parse,
  rgb,
  type Color,
  type Mode,
} from 'culori';
import { notSupported, reckoned } from './lengths';

/** What a light theme shows, in Chromium. CSS Color 4, section 6.2. */
const SYSTEM: Readonly<Record<string, string>> = {
  accentcolor: '#0075ff',
  accentcolortext: '#fff',
  activetext: '#f00',
  buttonborder: '#000',
  buttonface: '#efefef',
  buttontext: '#000',
  canvas: '#fff',
  canvastext: '#000',
  field: '#fff',
  fieldtext: '#000',
  graytext: '#808080',
  highlight: '#b5d5ff',
  highlighttext: '#000',
  linktext: '#00e',
  mark: '#ff0',
  marktext: '#000',
  selecteditem: '#1a73e8',
  selecteditemtext: '#fff',
  visitedtext: '#551a8b',
};

/** `property` is named where the colour is not known. `currentColor` is a colour that was resolved before. */
export function resolvedColor(property: string, written: string, currentColor: string): string {
  const color = colorOf(property, reckoned(property, written.trim()), currentColor);
  if (color === undefined) throw notSupported(property, written);
  return hex(color);
}

export function isCurrentColor(value: string): boolean {
  return value.trim().toLowerCase() === 'currentcolor';
}

function colorOf(property: string, text: string, currentColor: string): Color | undefined {
  const lower = text.trim().toLowerCase();
  if (isCurrentColor(lower)) return parse(currentColor);
  if (SYSTEM[lower] !== undefined) return parse(SYSTEM[lower]);
  const [, name = '', inner = ''] = /^([a-z-]+)\(([^]*)\)$/.exec(lower) ?? [];
  if (name === 'light-dark') return colorOf(property, betweenCommas(inner)[0] ?? '', currentColor);
  if (name === 'color-mix') return mixed(property, betweenCommas(inner), currentColor);
  return parse(lower);
}

/** culori's names of the spaces that CSS mixes in. */
const SPACES: Readonly<Record<string, Mode>> = {
  srgb: 'rgb',
  'srgb-linear': 'lrgb',
  'display-p3': 'p3',
  'a98-rgb': 'a98',
  'prophoto-rgb': 'prophoto',
  rec2020: 'rec2020',
  lab: 'lab',
  oklab: 'oklab',
  xyz: 'xyz65',
  'xyz-d65': 'xyz65',
  'xyz-d50': 'xyz50',
  hsl: 'hsl',
  hwb: 'hwb',
  lch: 'lch',
  oklch: 'oklch',
};
const HUES = {
  shorter: fixupHueShorter,
  longer: fixupHueLonger,
  increasing: fixupHueIncreasing,
  decreasing: fixupHueDecreasing,
} as const;

/** color-mix(in oklch longer hue, red 30%, blue). CSS Color 5, section 3. */
function mixed(property: string, [method = '', ...colors]: readonly string[], current: string): Color | undefined {
  const [, space = '', way = 'shorter'] = /^in\s+([\w-]+)(?:\s+(\w+)\s+hue)?$/.exec(method.trim()) ?? [];
  const mode = SPACES[space];
  const fixup = Object.entries(HUES).find(([name]) => name === way)?.[1];
  const [first, second] = colors.map((each) => withShare(property, each, current));
  if (mode === undefined || fixup === undefined || colors.length !== 2) return undefined;
  if (first?.color === undefined || second?.color === undefined) return undefined;
  const [p1, p2] = shares(first.share, second.share);
  if (p1 + p2 <= 0) return undefined;
  const mix = mixedIn(mode, [first.color, second.color], p2 / (p1 + p2), fixup);
  return { ...mix, alpha: (mix.alpha ?? 1) * Math.min(1, p1 + p2) };
}

/** A share that is not said is the rest. */
function shares(first: number | undefined, second: number | undefined): [number, number] {
  const rest = second ?? (first === undefined ? 0.5 : 1 - first);
  return [first ?? 1 - rest, rest];
}

/** Channel by channel, colours weighed by how opaque they are; the hue goes round as `fixup` says. */
function mixedIn(
  mode: Mode,
  [first, second]: readonly [Color, Color],
  share: number,
  fixup: (hues: number[]) => number[],
): Color {
  const [a, b] = [channelsOf(first, mode), channelsOf(second, mode)];
  const between = (x: number, y: number): number => x + (y - x) * share;
  const { alpha: alphaA = 1 } = a;
  const { alpha: alphaB = 1 } = b;
  const alpha = between(alphaA, alphaB);
  const result: Record<string, number> = {};
  for (const channel of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const pair = [a[channel] ?? b[channel] ?? 0, b[channel] ?? a[channel] ?? 0];
    const [x = 0, y = 0] = channel === 'h' ? fixup(pair) : pair;
    const weighed = alpha === 0 ? 0 : between(x * alphaA, y * alphaB) / alpha;
    result[channel] = channel === 'h' ? between(x, y) : weighed;
  }
  return rgb({ ...result, alpha, mode } as unknown as Color);
}

/** Numbers by channel; one that is missing, such as the hue of a grey, is taken from the other colour. */
function channelsOf(color: Color, mode: Mode): Partial<Record<string, number>> {
  const entries = Object.entries(converter(mode)(color));
  return Object.fromEntries(entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}

function withShare(
  property: string,
  text: string,
  current: string,
): { readonly color: Color | undefined; readonly share: number | undefined } {
  const [, percent] = /(?:^|\s)([\d.]+)%(?:\s|$)/.exec(` ${withoutBrackets(text)} `) ?? [];
  const share = percent === undefined ? undefined : Number(percent) / 100;
  const color = percent === undefined ? text : text.trim().replace(new RegExp(`^${percent}%\\s+|\\s+${percent}%$`), '');
  return { color: colorOf(property, color, current), share };
}

function withoutBrackets(text: string): string {
  const [from, to] = [text.indexOf('('), text.lastIndexOf(')')];
  return from < 0 || to < from ? text : `${text.slice(0, from)}()${text.slice(to + 1)}`;
}

/** At the commas that are not in brackets. */
export function betweenCommas(text: string): string[] {
  const result: string[] = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (character === ',' && depth === 0) result.push('');
    else result.push((result.pop() ?? '') + character);
  }
  return result;
}

/** As screens show colours beyond sRGB: each channel cut off. */
function hex(color: Color): string {
  const { r, g, b, alpha = 1 } = clampRgb(rgb(color));
  const byte = (part: number): string =>
    Math.round(255 * Math.min(1, Math.max(0, part || 0)))
      .toString(16)
      .padStart(2, '0');
  return `#${[r, g, b].map(byte).join('')}${alpha < 1 ? byte(alpha) : ''}`;
}

const COLOR_FUNCTION = /\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|color-mix|light-dark)\(/i;

/** Colours inside another value, such as that of a shadow. */
export function withPlainColors(property: string, value: string, currentColor: string): string {
  const current = value.replace(/\bcurrentcolor\b/gi, currentColor);
  const call = COLOR_FUNCTION.exec(current);
  if (call === null) return current;
  let [depth, end] = [0, call.index + call[0].length - 1];
  for (; end < current.length; end++) {
    if (current[end] === '(') depth++;
    if (current[end] === ')' && --depth === 0) break;
  }
  const color = resolvedColor(property, current.slice(call.index, end + 1), currentColor);
  const rest = withPlainColors(property, current.slice(end + 1), currentColor);
  return current.slice(0, call.index) + color + rest;
}
