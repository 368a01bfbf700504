/** Draws one icon of an icon package as premultiplied RGBA pixels. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const SIZE = 64;

/** Icons of one ink are learned in black; a colour is laid over their alpha afterwards. */
const INK = '#000000';
/** Fewer opaque pixels than this are no picture. */
const FEWEST_OPAQUE = 40;

/** The icon as a square SVG with a margin of 1/32 of its size around it. */
export function svgOf(icons, icon) {
  const entry = icons.icons[icon];
  const width = entry.width ?? icons.width ?? 16;
  const height = entry.height ?? icons.height ?? width;
  const side = Math.max(width, height) * (1 + 1 / 16);
  const box = [(entry.left ?? 0) + (width - side) / 2, (entry.top ?? 0) + (height - side) / 2, side, side];
  const body = entry.body.replaceAll('currentColor', INK);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="${box.join(' ')}" ` +
    `width="${SIZE}" height="${SIZE}" color="${INK}">${body}</svg>`
  );
}

/** Returns draw(svg, size = 64) → Buffer [size·size·4], premultiplied RGBA, or undefined when nothing visible is drawn. */
export async function renderer(packages) {
  const require = createRequire(join(packages, 'index.js'));
  const { initWasm, Resvg } = require('@resvg/resvg-wasm');
  await initWasm(readFileSync(require.resolve('@resvg/resvg-wasm/index_bg.wasm')));
  return (svg, size = SIZE) => {
    try {
      const picture = new Resvg(svg, { fitTo: { mode: 'width', value: size }, font: { loadSystemFonts: false } });
      const image = picture.render();
      const pixels = Buffer.from(image.pixels);
      image.free();
      picture.free();
      return pixels.length === size * size * 4 && opaque(pixels) >= (FEWEST_OPAQUE * size * size) / SIZE ** 2
        ? pixels
        : undefined;
    } catch {
      return undefined; // some icons end the rasteriser
    }
  };
}

function opaque(pixels) {
  let sum = 0;
  for (let index = 3; index < pixels.length; index += 4) sum += pixels[index];
  return sum / 255;
}

/** A key that two drawings share when they look the same at 16×16 in four shades. */
export function lookOf(pixels) {
  const shades = Buffer.alloc(16 * 16);
  const cell = SIZE / 16;
  for (let y = 0; y < 16; y++)
    for (let x = 0; x < 16; x++) {
      let sum = 0;
      for (let dy = 0; dy < cell; dy++)
        for (let dx = 0; dx < cell; dx++) {
          const at = ((y * cell + dy) * SIZE + x * cell + dx) * 4;
          sum += pixels[at + 3] - (pixels[at] + pixels[at + 1] + pixels[at + 2]) / 6;
        }
      shades[y * 16 + x] = Math.round((sum / (cell * cell * 255)) * 3);
    }
  return shades.toString('base64');
}
