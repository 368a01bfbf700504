/** A picture as an SVG file: its outlines traced, in the forms that front-end code expects of an icon. */
import { optimize } from 'svgo/browser';
import type { Recipe } from '../contract/recipe';
import { hexOf } from './ink';
import type { RawImage } from './raw';
import { trace, type Traced, type TracedLayer } from './trace/trace';
import { buildXmp } from '../contract/recipe-xmp';

/** Icons are drawn on a grid of so many units; larger pictures keep a unit for each pixel. */
const ICON_GRID = 24;
const LARGEST_ICON = 128;
/**
 * Beyond this difference between a picture and even areas of colour, tracing makes a poster of it. Measured at 64 pixels: icons of flat sets have up
 * to 0.02 on average, soft pictures of the built-in model 0.025 to 0.05.
 */
const PAINTERLY = 0.035;

export interface SvgPicture {
  readonly text: string;
  /** Units of the viewBox. */
  readonly width: number;
  readonly height: number;
  /** False for a picture that is no flat drawing: its outlines show it only roughly. */
  readonly isFlat: boolean;
}

/**
 * One path for every colour. A drawing in one ink takes the colour of the text around it (`currentColor`). `recipe` goes into `<metadata>`
 * as the same XMP packet that bitmaps have. RGBA or RGB.
 */
export function svgPicture(image: RawImage, recipe?: Recipe): SvgPicture {
  const { width, height } = image;
  const isIcon = width === height && width <= LARGEST_ICON;
  const [across, down] = isIcon ? [ICON_GRID, ICON_GRID] : [width, height];
  const traced = trace(withOpacity(image), across / width);
  const root = `xmlns="http://www.w3.org/2000/svg" width="${across}" height="${down}" viewBox="0 0 ${across} ${down}"`;
  const drawing = optimized(`<svg ${root}${inkOf(traced)}>${traced.layers.map(pathOf(traced)).join('')}</svg>`);
  const text = recipe === undefined ? drawing : withMetadata(drawing, buildXmp(recipe));
  return { text: `${text}\n`, width: across, height: down, isFlat: traced.error <= PAINTERLY };
}

/** All layers in one ink, in one or several opacities. */
function isOneInk({ layers }: Traced): boolean {
  const [first] = layers;
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= SAME_INK;
  return (
    first !== undefined && layers.every(({ colour }) => colour.every((part, c) => near(part, first.colour[c] ?? 0)))
  );
}

/** Steps of 255 by which two tones of one ink may differ, for what a decoder rounds. */
const SAME_INK = 24;

function inkOf(traced: Traced): string {
  return isOneInk(traced) ? ' fill="currentColor"' : '';
}

function pathOf(traced: Traced): (layer: TracedLayer) => string {
  return ({ colour, opacity, path }) => {
    const fill = isOneInk(traced) ? '' : ` fill="${hexOf(colour)}"`;
    const faint = opacity === 1 ? '' : ` fill-opacity="${opacity}"`;
    return `<path${fill}${faint} fill-rule="evenodd" d="${path}"/>`;
  };
}

/** Shorter text for the same drawing. The viewBox stays, because a size alone would not scale. */
function optimized(svg: string): string {
  return optimize(svg, { multipass: true, floatPrecision: 3, plugins: [{ name: 'preset-default' }] }).data;
}

function withMetadata(svg: string, xmp: string): string {
  const end = svg.lastIndexOf('</svg>');
  return end < 0
    ? svg.replace(/\/>$/, `><metadata>${xmp}</metadata></svg>`)
    : `${svg.slice(0, end)}<metadata>${xmp}</metadata></svg>`;
}

function withOpacity({ width, height, channels, data }: RawImage): RawImage {
  if (channels === 4) return { width, height, channels, data };
  const pixels = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) pixels.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
  return { width, height, channels: 4, data: pixels };
}
