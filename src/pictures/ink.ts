/** Pictures of one ink: whatever is drawn has one colour, and only its opacity varies. */
import type { RawImage } from './raw';

/** sRGB, 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Pixels fainter than this say nothing sure about their colour. */
const FAINT = 48;
/** How far a channel may be from the ink, for what a drawing program or a decoder rounds. */
const NEAR = 24;
/** Share of the visible ink that may have another colour. */
const STRAY = 0.02;

/** The one colour that everything visible has; undefined for a picture of several, or of nothing. RGBA, straight alpha. */
export function inkOf({ data }: RawImage): Colour | undefined {
  const sums = [0, 0, 0];
  let visible = 0;
  for (let i = 0; i < data.length; i += 4) {
    const alpha = opacityAt(data, i);
    for (let c = 0; c < 3; c++) sums[c] = (sums[c] ?? 0) + alpha * (data[i + c] ?? 0);
    visible += alpha;
  }
  if (visible === 0) return undefined;
  const [red = 0, green = 0, blue = 0] = sums.map((sum) => Math.round(sum / visible));
  const ink = [red, green, blue] as const;
  let stray = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (ink.some((value, c) => Math.abs(value - (data[i + c] ?? 0)) > NEAR)) stray += opacityAt(data, i);
  }
  return stray <= STRAY * visible ? ink : undefined;
}

/** The same drawing in this ink. */
export function inInk(image: RawImage, ink: Colour): RawImage {
  const data = image.data.slice();
  for (let i = 0; i < data.length; i += 4) data.set(ink, i);
  return { ...image, data };
}

/** "#1f2328" */
export function hexOf(colour: Colour): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

function opacityAt(data: Uint8Array, index: number): number {
  const alpha = data[index + 3] ?? 0;
  return alpha < FAINT ? 0 : alpha;
}
