/** Outlines as the text of an SVG path. */
import type { Outline, Segment } from './fit';
import type { Point } from './geometry';

/** From pixels to the units of a viewBox. */
export interface PathScale {
  readonly unitsPerPixel: number;
  /** Digits after the point. */
  readonly digits: number;
}

export function pathText(outlines: readonly Outline[], scale: PathScale): string {
  return outlines.map((outline) => outlineText(outline, scale)).join('');
}

function outlineText(outline: Outline, scale: PathScale): string {
  if (outline.kind === 'circle') return circleText(outline, scale);
  return `M${numbers([outline.start], scale)}${outline.segments.map((segment) => segmentText(segment, scale)).join('')}Z`;
}

function segmentText(segment: Segment, scale: PathScale): string {
  if (segment.kind === 'line') return `L${numbers([segment.to], scale)}`;
  return `C${numbers([segment.control1, segment.control2, segment.to], scale)}`;
}

/** Two half circles; the direction decides whether a circle inside another one is a hole. */
function circleText(
  { centre: [x, y], radius, clockwise }: Outline & { readonly kind: 'circle' },
  scale: PathScale,
): string {
  const sweep = clockwise ? 1 : 0;
  const r = numberText(radius, scale);
  const half = (to: Point): string => `A${r} ${r} 0 0 ${sweep} ${numbers([to], scale)}`;
  return `M${numbers([[x - radius, y]], scale)}${half([x + radius, y])}${half([x - radius, y])}Z`;
}

function numbers(points: readonly Point[], scale: PathScale): string {
  return points.map(([x, y]) => `${numberText(x, scale)} ${numberText(y, scale)}`).join(' ');
}

function numberText(pixels: number, { unitsPerPixel, digits }: PathScale): string {
  return String(Number((pixels * unitsPerPixel).toFixed(digits)));
}
