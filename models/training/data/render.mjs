/** Draws one icon of an icon package as premultiplied RGBA pixels. */
import { createRequire } from 'node:module';

export const SIZE = 64;

const COLOURS = {
  black: '#1f2328',
  red: '#e5342f',
  blue: '#2563eb',
  green: '#22a34a',
  orange: '#f97316',
  purple: '#8b3fe0',
  gray: '#808890',
  pink: '#ec4899',
  yellow: '#f5b80b',
  teal: '#14a3a3',
};
const BLACK_SHARE = 0.4;

/** A colour name for a single-coloured icon: 40 % black, the rest even. `random` is in [0, 1). */
export function pickColour(random) {
  const others = Object.keys(COLOURS).slice(1);
  if (random < BLACK_SHARE) return 'black';
  return others[Math.floor(((random - BLACK_SHARE) / (1 - BLACK_SHARE)) * others.length)];
}

/** Small seeded generator (mulberry32), so that every run gives each icon the same colour. */
export function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The icon as an SVG of 64×64 with a margin of 1/32 of its size around it. */
export function svgOf(icons, icon, colour) {
  const entry = icons.icons[icon];
  const width = entry.width ?? icons.width ?? 16;
  const height = entry.height ?? icons.height ?? width;
  const margin = Math.max(width, height) / 32;
  const box = [(entry.left ?? 0) - margin, (entry.top ?? 0) - margin, width + 2 * margin, height + 2 * margin];
  const ink = COLOURS[colour] ?? COLOURS.black;
  const body = entry.body.replaceAll('currentColor', ink);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="${box.join(' ')}" ` +
    `width="${SIZE}" height="${SIZE}" color="${ink}">${body}</svg>`
  );
}

/** Returns draw(svg) → Buffer [64·64·4], premultiplied RGBA, or undefined when nothing visible is drawn. */
export function renderer(packages) {
  const { Resvg } = createRequire(`${packages}/index.js`)('@resvg/resvg-js');
  return (svg) => {
    const options = { fitTo: { mode: 'width', value: SIZE }, font: { loadSystemFonts: false } };
    const pixels = Buffer.from(new Resvg(svg, options).render().pixels);
    if (pixels.length !== SIZE * SIZE * 4) return undefined;
    let opaque = 0;
    for (let index = 3; index < pixels.length; index += 4) opaque += pixels[index];
    return opaque < 255 * 40 ? undefined : pixels;
  };
}
