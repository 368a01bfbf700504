import { describe, expect, it } from 'vitest';
import type { RawImage } from '../../../../src/pictures/raw';
import { trace } from '../../../../src/pictures/trace/trace';

const SIDE = 64;
const SAMPLES = 8;

type Colour = readonly [number, number, number, number];
const BLACK: Colour = [0, 0, 0, 255];
const RED: Colour = [220, 40, 30, 255];
const CLEAR: Colour = [0, 0, 0, 0];

/** Draws a scene, edges smoothed: the colour at every point, in pixels. */
function drawn(at: (x: number, y: number) => Colour, side = SIDE): RawImage {
  const data = new Uint8Array(side * side * 4);
  for (let i = 0; i < side * side; i++) {
    const sum = [0, 0, 0, 0];
    for (let s = 0; s < SAMPLES * SAMPLES; s++) {
      const [x, y] = [
        (i % side) + ((s % SAMPLES) + 0.5) / SAMPLES,
        Math.floor(i / side) + (Math.floor(s / SAMPLES) + 0.5) / SAMPLES,
      ];
      const [red, green, blue, alpha] = at(x, y);
      [red * alpha, green * alpha, blue * alpha, alpha].forEach((value, c) => (sum[c] = sum[c]! + value));
    }
    const alpha = sum[3]! / SAMPLES ** 2;
    if (alpha > 0) data.set([...sum.slice(0, 3).map((value) => Math.round(value / sum[3]!)), Math.round(alpha)], 4 * i);
  }
  return { width: side, height: side, channels: 4, data };
}

const disc = (cx: number, cy: number, radius: number) => (x: number, y: number) => Math.hypot(x - cx, y - cy) <= radius;
const box = (left: number, top: number, right: number, bottom: number) => (x: number, y: number) =>
  x >= left && x <= right && y >= top && y <= bottom;
const ink =
  (inside: (x: number, y: number) => boolean, colour = BLACK) =>
  (x: number, y: number): Colour =>
    inside(x, y) ? colour : CLEAR;

/** Numbers of a path's text. */
function numbersIn(path: string): number[] {
  return [...path.matchAll(/-?\d+(?:\.\d+)?/g)].map(Number);
}

/** Letters of a path's text. */
function commandsIn(path: string): string {
  return path.replace(/[^A-Za-z]/g, '');
}

describe('tracing a drawing in one ink', () => {
  it('finds a disc as a circle of its own place and size', () => {
    const { layers, segments } = trace(drawn(ink(disc(30.3, 33.6, 20))), 1);
    expect(segments).toBe(1);
    expect(layers).toHaveLength(1);
    expect(commandsIn(layers[0]!.path)).toBe('MAAZ');
    const [left, y, radius] = numbersIn(layers[0]!.path);
    expect(Math.abs(left! - 10.3)).toBeLessThan(0.15);
    expect(Math.abs(y! - 33.6)).toBeLessThan(0.1);
    expect(Math.abs(radius! - 20)).toBeLessThan(0.1);
  });

  it('finds a box as four straight lines with sharp corners', () => {
    const { layers } = trace(drawn(ink(box(10.4, 12, 50, 41.7))), 1);
    expect(commandsIn(layers[0]!.path)).toBe('MLLLLZ');
    const found = numbersIn(layers[0]!.path);
    for (const corner of [10.4, 12, 50, 41.7]) {
      expect(Math.min(...found.map((value) => Math.abs(value - corner)))).toBeLessThan(0.2);
    }
  });

  it('keeps a slanted corner sharp', () => {
    const triangle = (x: number, y: number): boolean => y <= 52 && y >= 10 + 1.5 * Math.abs(x - 32);
    const { layers } = trace(drawn(ink(triangle)), 1);
    expect(commandsIn(layers[0]!.path)).toBe('MLLLZ');
    const found = numbersIn(layers[0]!.path);
    expect(Math.min(...found.filter((_, i) => i % 2 === 1))).toBeLessThan(11);
  });

  it('rounds the ends of a line only where they are round', () => {
    const line = (x: number, y: number): boolean => Math.hypot(x - Math.min(48, Math.max(16, x)), y - 32) <= 2.7;
    const { layers } = trace(drawn(ink(line)), 1);
    const found = numbersIn(layers[0]!.path);
    expect(Math.min(...found.filter((_, i) => i % 2 === 0))).toBeGreaterThan(13);
    expect(commandsIn(layers[0]!.path)).toContain('C');
  });

  it('leaves a hole a hole', () => {
    const ring = (x: number, y: number): boolean => disc(32, 32, 24)(x, y) && !disc(32, 32, 16)(x, y);
    const { layers, segments } = trace(drawn(ink(ring)), 1);
    expect(segments).toBe(2);
    expect(layers[0]!.path.match(/M/g)).toHaveLength(2);
  });

  it('draws no specks', () => {
    const scene = (x: number, y: number): boolean => disc(32, 32, 12)(x, y) || disc(60, 4, 0.4)(x, y);
    expect(trace(drawn(ink(scene)), 1).segments).toBe(1);
  });

  it('keeps lines that are thinner than a pixel and a half', () => {
    const { layers } = trace(drawn(ink(box(10, 31.2, 54, 32.6), [30, 34, 40, 255])), 1);
    expect(layers).toMatchObject([{ colour: [30, 34, 40], opacity: 1 }]);
  });

  it('gives two tones of one ink as two layers, the paler one below', () => {
    const scene = (x: number, y: number): Colour =>
      box(20, 20, 44, 44)(x, y) ? BLACK : box(8, 8, 56, 56)(x, y) ? [0, 0, 0, 77] : CLEAR;
    const { layers } = trace(drawn(scene), 1);
    expect(layers.map(({ opacity }) => opacity)).toEqual([0.3, 1]);
    expect(layers[0]!.path.match(/M/g)).toHaveLength(1);
  });

  it('gives units of the viewBox', () => {
    const [pixels, units] = [1, 24 / SIDE].map((scale) => trace(drawn(ink(disc(32, 32, 20))), scale).layers[0]!.path);
    expect(numbersIn(units!)[2]).toBeCloseTo((numbersIn(pixels!)[2]! * 24) / SIDE, 1);
  });

  it('finds nothing in an empty picture', () => {
    expect(
      trace(
        drawn(() => CLEAR),
        1,
      ),
    ).toMatchObject({ layers: [], segments: 0 });
  });
});

describe('tracing a drawing in several colours', () => {
  const sign = (x: number, y: number): Colour =>
    box(20, 29, 44, 35)(x, y) ? [255, 255, 255, 255] : disc(32, 32, 26)(x, y) ? RED : CLEAR;

  it('gives every colour a layer, the outermost at the bottom and whole', () => {
    const { layers, error } = trace(drawn(sign), 1);
    expect(layers.map(({ colour }) => colour)).toEqual([RED.slice(0, 3), [255, 255, 255]]);
    expect(layers[0]!.path.match(/M/g)).toHaveLength(1);
    expect(error).toBeLessThan(0.02);
  });

  it('does not take the mixtures at edges for colours', () => {
    const halves = (x: number, y: number): Colour =>
      disc(32, 32, 26)(x, y) ? (x + 0.3 * y < 42 ? RED : [20, 60, 200, 255]) : CLEAR;
    expect(trace(drawn(halves), 1).layers).toHaveLength(2);
  });

  it('finds the colour of an outline of which no pixel is whole', () => {
    const sticker = (x: number, y: number): Colour =>
      disc(32, 32, 24)(x, y) ? [250, 220, 40, 255] : disc(32, 32, 25.6)(x, y) ? BLACK : CLEAR;
    const { layers } = trace(drawn(sticker), 1);
    expect(layers).toHaveLength(2);
    expect(Math.max(...layers[0]!.colour)).toBeLessThan(60);
    expect(layers[1]!.colour[0]).toBeGreaterThan(230);
  });

  it('says of a picture without even areas that it is none', () => {
    const clouds = (x: number, y: number): Colour => [
      128 + 120 * Math.sin(x / 5 + y / 9),
      128 + 120 * Math.sin(y / 4 - x / 11),
      128 + 120 * Math.cos((x * y) / 300),
      255,
    ];
    expect(trace(drawn(clouds), 1).error).toBeGreaterThan(0.07);
  });
});
