/** How large an icon is by its own word, and which part of the plane it shows, as a browser has it. */
import { pixels } from './css/lengths';
import { SkippedIcon } from '../domain/errors';
import type { SvgElement } from './svg-node';
import { isSize, viewBoxOf, type Size, type ViewBox } from './svg-values';

/** Something longer is a banner or a word mark. */
const MAX_ASPECT = 2.5;

export interface PictureBox {
  /** In CSS pixels, or in units of the view box when the file says no size. */
  readonly size: Size;
  readonly viewBox: ViewBox;
  readonly preserveAspectRatio: string | undefined;
}

/** The box of a whole file. Undefined when it says neither. */
export function boxOf(element: SvgElement): PictureBox | undefined {
  const size = { width: sideOf(element, 'width'), height: sideOf(element, 'height') };
  const viewBox = viewBoxOf(element.attributes.get('viewBox'));
  const preserveAspectRatio = element.attributes.get('preserveAspectRatio');
  if (viewBox !== undefined) return { ...partBox(viewBox), ...(isSize(size) ? { size } : {}), preserveAspectRatio };
  return isSize(size) ? { size, viewBox: { x: 0, y: 0, ...size }, preserveAspectRatio: undefined } : undefined;
}

/** The box of a part, which is shown by itself. */
export function partBox(viewBox: ViewBox): PictureBox {
  const { width, height } = viewBox;
  return { size: { width, height }, viewBox, preserveAspectRatio: undefined };
}

export function checkBox(box: PictureBox | undefined): PictureBox {
  if (box === undefined) throw new SkippedIcon('it says neither a viewBox nor a size of its own');
  const { width, height } = box.size;
  if (Math.max(width, height) > MAX_ASPECT * Math.min(width, height))
    throw new SkippedIcon('it is too long for an icon');
  return box;
}

/** Of the style or else of the attribute. */
function sideOf({ declared, attributes }: SvgElement, side: 'width' | 'height'): number {
  const styled = pixels(declared.get(side)?.value);
  return Number.isFinite(styled) ? styled : pixels(attributes.get(side));
}
