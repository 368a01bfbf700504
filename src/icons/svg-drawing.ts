/** From an SVG tree to the one square SVG text that is rasterised: with its margin, and with only what it needs. */
import { computedStyle, rootStyle, type ComputedStyle } from './css/computed';
import { resolvedColor } from './css/colors';
import { notSupported } from './css/lengths';
import { matrixText } from './css/matrix';
import { BOX_OF_ROOT } from './css/properties';
import { checkBox, type PictureBox } from './picture-box';
import { movedBack, SvgRenderer } from './svg-renderer';
import type { SvgElement } from './svg-node';
import { svgText, type SvgOutput } from './svg-node';
import { transformMatrix } from './style-attributes';
import { fitScale } from './svg-values';

/** Empty space at each side, in parts of the icon's longer side, as in the built-in model's training pictures. */
export const MARGIN = 1 / 32;

/** What of an SVG file is one icon. */
export interface SvgDrawing {
  /** Everything in the file, for what the icon refers to. */
  readonly file: SvgElement;
  /** The part that is drawn; the file itself when it is one icon. */
  readonly content: SvgElement;
  readonly box: PictureBox | undefined;
  /** Drawn where it stands in the file, with what it inherits there, rather than by itself. */
  readonly inPlace: boolean;
}

/** Throws SkippedIcon when it says no size, is too long, repeats itself without end, or has a style that is not supported. */
export function squareSvg(drawing: SvgDrawing, size: number, currentColor: string): string {
  const box = checkBox(drawing.box);
  const { width, height } = box.size;
  const side = Math.max(width, height) * (1 + 2 * MARGIN);
  const outer = element('svg', {
    xmlns: 'http://www.w3.org/2000/svg',
    width: String(size),
    height: String(size),
    viewBox: `0 0 ${side} ${side}`,
  });
  const place = { x: (side - width) / 2, y: (side - height) / 2, width, height };
  const frame = element('svg', { ...placeText(place), viewBox: `0 0 ${width} ${height}`, overflow: 'hidden' });
  const picture = pictureOf(drawing, box, size / side, currentColor);
  return svgText({ ...outer, children: [{ ...frame, children: picture }] });
}

function pictureOf(drawing: SvgDrawing, box: PictureBox, pixel: number, currentColor: string): SvgOutput[] {
  const { file, content, inPlace } = drawing;
  const { size, viewBox, preserveAspectRatio } = box;
  const renderer = new SvgRenderer(file, rootStyle(currentColor));
  const outside = inPlace ? renderer.root : { ...rootStyle(currentColor), customs: renderer.root.customs };
  const isShell = inPlace || content.name === 'svg' || content.name === 'symbol';
  const shell = inPlace ? file : content;
  const style = inPlace ? renderer.root : isShell ? computedStyle(content.declared, outside) : outside;
  const scale = pixel * fitScale(size, viewBox, preserveAspectRatio);
  const frame = { width: viewBox.width, height: viewBox.height, scale };
  const children = isShell
    ? renderer.inside(shell, style, frame, content === file ? undefined : content)
    : renderer.element(content, style, frame);
  const attributes = renderer.attributes(style, rootStyle(currentColor));
  const definitions = element('defs', {}, renderer.definitions());
  const inner = element(
    'svg',
    {
      ...placeText({ x: 0, y: 0, ...size }),
      viewBox: `0 0 ${viewBox.width} ${viewBox.height}`,
      ...(preserveAspectRatio === undefined ? {} : { preserveAspectRatio }),
      overflow: 'hidden',
    },
    [definitions, movedBack(viewBox, children)],
  );
  attributes.set('transform', matrixText(transformMatrix(style, size, '50% 50%')));
  return [...background(style, box, currentColor), { name: 'g', attributes, children: [inner] }];
}

/** What CSS paints behind the outermost element; borders and shadows around it are not drawn. */
function background({ own, color }: ComputedStyle, { size }: PictureBox, currentColor: string): SvgOutput[] {
  let fill: string | undefined;
  for (const [property, harmless] of BOX_OF_ROOT) {
    const value = own.get(property)?.toLowerCase();
    if (value === undefined || harmless.includes(value)) continue;
    if (property !== 'background' && property !== 'background-color') throw notSupported(property, value);
    fill = resolvedColor(property, value, color || currentColor);
  }
  return fill === undefined ? [] : [element('rect', { ...placeText({ x: 0, y: 0, ...size }), fill })];
}

function placeText(place: Readonly<Record<'x' | 'y' | 'width' | 'height', number>>): Record<string, string> {
  const { x, y, width, height } = place;
  return { x: String(x), y: String(y), width: String(width), height: String(height) };
}

function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  children: readonly SvgOutput[] = [],
): SvgOutput {
  return { name, attributes: new Map(Object.entries(attributes)), children };
}
