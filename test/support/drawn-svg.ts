/** SVG text drawn as the icon scan draws it, in this process. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { spriteParts, wholeFile } from '../../src/icons/sprite-parts';
import { squareSvg } from '../../src/icons/svg-drawing';
import { parseSvg } from '../../src/icons/svg-tree';

const SIZE = 68;
const wasm = createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm');
const ready = initWasm(readFileSync(wasm));

/** The colour at a point of a 24×24 icon, "#rrggbb" or with alpha; "" for nothing. */
export type ColorAt = (x: number, y: number) => string;

/** `part`: of a sprite sheet. */
export async function drawnSvg(text: string, part?: string): Promise<ColorAt> {
  await ready;
  const file = parseSvg(text);
  const drawing = part === undefined ? wholeFile(file) : spriteParts(file).get(part);
  if (drawing === undefined) throw new Error(`there is no part ${part}`);
  const { pixels } = new Resvg(squareSvg(drawing, SIZE, '#000'), { font: { loadSystemFonts: false } }).render();
  return (x, y) => {
    const [column, row] = [x, y].map((at) => Math.round(2 + (at * 64) / 24));
    const start = 4 * ((row ?? 0) * SIZE + (column ?? 0));
    const [r = 0, g = 0, b = 0, alpha = 0] = pixels.subarray(start, start + 4);
    const hex = [r, g, b, ...(alpha < 255 ? [alpha] : [])].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return alpha === 0 ? '' : `#${hex}`;
  };
}
