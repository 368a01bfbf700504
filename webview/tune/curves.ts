/** Loss and gauge as curves, drawn as SVG in the theme's colours, with the last values in words. */
import type { CurvePoint } from '../../src/contract/tune-api';
import { element, setText } from '../dom';
import { text } from '../strings';

const WIDTH = 640;
const HEIGHT = 180;
const MARGIN = { left: 56, right: 12, top: 10, bottom: 22 };
/** Weight of the newest loss in its moving average: single losses mostly show the random time step. */
const SMOOTHING = 0.08;
const MOST_POINTS = 400;
/** Share of the values: a curve that hardly moves looks so, and the ends of its axis have different labels. */
const LEAST_SPAN = 0.02;

export interface CurveData {
  readonly steps: number;
  readonly loss: readonly CurvePoint[];
  readonly gauge: readonly CurvePoint[];
  readonly bestStep?: number;
}

/** A figure with both curves; the gauge has its own scale, because the two are not comparable. */
export function curves({ steps, loss, gauge, bestStep }: CurveData): HTMLElement {
  const smooth = thinned(smoothed(loss));
  const chart = svg('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: 'img',
    'aria-label': `${text('curves')}. ${lastValues(smooth, gauge)}`,
  });
  const length = Math.max(steps, loss.at(-1)?.step ?? 1, 1);
  chart.append(...axes(length, gauge.length > 1 ? gauge : smooth));
  chart.append(...line(smooth, length, 'loss'), ...line(gauge, length, 'gauge'));
  if (bestStep !== undefined) chart.append(...mark(bestStep, length));
  const key = (name: 'loss' | 'gauge'): HTMLElement =>
    element('span', { class: `key ${name}` }, element('span', { class: 'swatch' }), text(name));
  return element(
    'figure',
    { class: 'curves' },
    element(
      'figcaption',
      {},
      key('loss'),
      gauge.length > 0 ? key('gauge') : text('noGauge'),
      element('span', { class: 'values' }, lastValues(smooth, gauge)),
    ),
    chart as unknown as HTMLElement,
  );
}

function lastValues(loss: readonly CurvePoint[], gauge: readonly CurvePoint[]): string {
  const value = (points: readonly CurvePoint[]): string => points.at(-1)?.value.toPrecision(3) ?? '–';
  const last = loss.at(-1);
  return last === undefined ? '' : text('lastValues', last.step, value(loss), value(gauge));
}

function smoothed(points: readonly CurvePoint[]): CurvePoint[] {
  let average: number | undefined;
  return points.map(({ step, value }) => {
    average = average === undefined ? value : average + SMOOTHING * (value - average);
    return { step, value: average };
  });
}

function thinned(points: readonly CurvePoint[]): readonly CurvePoint[] {
  const stride = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, index) => index % stride === 0 || index === points.length - 1);
}

function rangeOf(points: readonly CurvePoint[]): readonly [number, number] {
  const values = points.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const missing = LEAST_SPAN * Math.max(Math.abs(low), Math.abs(high)) - (high - low);
  if (low === 0 && high === 0) return [-1, 1];
  return missing > 0 ? [low - missing / 2, high + missing / 2] : [low, high];
}

const x = (step: number, length: number): number =>
  MARGIN.left + (step / length) * (WIDTH - MARGIN.left - MARGIN.right);
const y = (value: number, [low, high]: readonly [number, number]): number =>
  MARGIN.top + ((high - value) / (high - low)) * (HEIGHT - MARGIN.top - MARGIN.bottom);

function line(points: readonly CurvePoint[], length: number, name: string): SVGElement[] {
  if (points.length < 2) return [];
  const range = rangeOf(points);
  const path = points.map(({ step, value }) => `${x(step, length).toFixed(1)},${y(value, range).toFixed(1)}`);
  return [svg('polyline', { points: path.join(' '), class: `line ${name}` })];
}

/** Numbers of the curve that counts, and the steps. */
function axes(length: number, points: readonly CurvePoint[]): SVGElement[] {
  const range = points.length > 1 ? rangeOf(points) : undefined;
  const bottom = HEIGHT - MARGIN.bottom;
  const frame = svg('path', { d: `M${MARGIN.left},${MARGIN.top}V${bottom}H${WIDTH - MARGIN.right}`, class: 'frame' });
  const label = (content: string, left: number, top: number, anchor: string): SVGElement => {
    const made = svg('text', { x: String(left), y: String(top), 'text-anchor': anchor, class: 'label' });
    setText(made, content);
    return made;
  };
  const values =
    range === undefined
      ? []
      : range.map((value) => label(value.toPrecision(3), MARGIN.left - 6, y(value, range) + 4, 'end'));
  return [
    frame,
    ...values,
    label('0', MARGIN.left, HEIGHT - 6, 'middle'),
    label(String(length), WIDTH - MARGIN.right, HEIGHT - 6, 'end'),
  ];
}

function mark(step: number, length: number): SVGElement[] {
  const left = x(step, length).toFixed(1);
  const kept = svg('path', { d: `M${left},${MARGIN.top}V${HEIGHT - MARGIN.bottom}`, class: 'kept' });
  const inside = step > length / 2 ? 'end' : 'start';
  const beside = (Number(left) + (inside === 'end' ? -4 : 4)).toFixed(1);
  const label = svg('text', {
    x: beside,
    y: String(HEIGHT - MARGIN.bottom - 6),
    'text-anchor': inside,
    class: 'label',
  });
  setText(label, text('kept'));
  return [kept, label];
}

function svg(tag: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
