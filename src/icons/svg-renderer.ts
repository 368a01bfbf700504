/**
 * The elements of an SVG file as the rasteriser draws them: styles resolved, `use` replaced by what it stands for (whose style
 * comes from both places), and only those definitions that something refers to.
 */
import { computedStyle, type ComputedStyle } from './css/computed';
import { notSupported, plainLengths } from './css/lengths';
import { isIdentity, matrixText, times, translation, uniformScale, type Matrix } from './css/matrix';
import { GEOMETRY, PAINTS } from './css/properties';
import { SkippedIcon } from '../domain/errors';
import { styleAttributes, transformMatrix } from './style-attributes';
import {
  CONTAINERS,
  DEFINITIONS,
  isDrawn,
  isPartOfDefinition,
  namedElements,
  PAINT_SERVERS,
  parentsOf,
  SHAPES,
} from './svg-elements';
import type { SvgElement, SvgOutput } from './svg-node';
import { fitScale, referredName, viewBoxOf, type Size, type ViewBox } from './svg-values';

/** `use` can repeat a part that repeats another part, and so on: a few lines stand for more than any machine can draw. */
const MAX_DRAWN = 100_000;
/** Of elements and `use` together. */
const MAX_DEPTH = 250;

/** The nearest viewport, and pixels of the picture for one unit; NaN where that is not the same in all directions. */
export interface Frame extends Size {
  readonly scale: number;
}

interface GroupStyle {
  readonly style: ComputedStyle;
  /** Of what is around it. */
  readonly parent: ComputedStyle;
  readonly matrix: Matrix;
}

interface ViewportOptions {
  /** Said by the `use` that shows it. */
  readonly size?: Partial<Record<'width' | 'height', string>>;
  readonly only?: SvgElement;
}

/** Lengths among the attributes of shapes and definitions. */
const LENGTH_ATTRIBUTES = new Set([
  ...['x', 'y', 'width', 'height', 'cx', 'cy', 'r', 'rx', 'ry', 'x1', 'y1', 'x2', 'y2', 'fx', 'fy', 'fr'],
  ...['refX', 'refY', 'markerWidth', 'markerHeight'],
]);

export class SvgRenderer {
  /** Of the file's own outermost element. */
  readonly root: ComputedStyle;
  readonly #named: ReadonlyMap<string, SvgElement>;
  readonly #parents: ReadonlyMap<SvgElement, SvgElement>;
  readonly #styles = new Map<SvgElement, ComputedStyle>();
  readonly #wanted = new Map<SvgElement, string>();
  readonly #open: SvgElement[] = [];
  #drawn = 0;
  #depth = 0;

  constructor(file: SvgElement, outside: ComputedStyle) {
    this.root = computedStyle(file.declared, outside);
    this.#styles.set(file, this.root);
    this.#named = namedElements(file);
    this.#parents = parentsOf(file);
  }

  /** What is inside an element; with `only`, nothing but that part of it, where it stands. */
  inside(parent: SvgElement, style: ComputedStyle, frame: Frame, only?: SvgElement): SvgOutput[] {
    const way = only === undefined || only === parent ? undefined : this.#wayTo(only);
    const children = parent.children.filter((child) => way?.has(child) ?? true);
    return children.flatMap((child) =>
      way !== undefined && child !== only && CONTAINERS.has(child.name)
        ? this.#container(child, style, frame, only)
        : this.element(child, style, frame),
    );
  }

  /** Nothing when it draws nothing. */
  element(element: SvgElement, parent: ComputedStyle, frame: Frame): SvgOutput[] {
    const { name } = element;
    if (DEFINITIONS.has(name) || !(isDrawn(name) || isPartOfDefinition(name))) return [];
    if (++this.#drawn > MAX_DRAWN) throw new SkippedIcon(`it repeats its parts more than ${MAX_DRAWN} times`);
    if (++this.#depth > MAX_DEPTH) throw new SkippedIcon(`it nests more than ${MAX_DEPTH} parts`);
    try {
      if (name === 'use') return this.#use(element, parent, frame);
      return CONTAINERS.has(name) ? this.#container(element, parent, frame) : this.#leaf(element, parent, frame);
    } finally {
      this.#depth--;
    }
  }

  attributes(style: ComputedStyle, parent: ComputedStyle, all = false): Map<string, string> {
    return styleAttributes(style, { parent, all, reference: (property, value) => this.#reference(property, value) });
  }

  /** Everything that was referred to, and what that refers to. */
  definitions(): SvgOutput[] {
    const result: SvgOutput[] = [];
    // Grows while it is gone through.
    for (const [element, name] of this.#wanted) result.push(this.#definition(element, name));
    return result;
  }

  #wayTo(element: SvgElement): ReadonlySet<SvgElement> {
    const way = new Set<SvgElement>();
    for (let at: SvgElement | undefined = element; at !== undefined; at = this.#parents.get(at)) way.add(at);
    return way;
  }

  #container(element: SvgElement, parent: ComputedStyle, frame: Frame, only?: SvgElement): SvgOutput[] {
    const style = computedStyle(element.declared, parent);
    if (style.own.get('display') === 'none') return [];
    const matrix = transformMatrix(style, frame);
    const inner = scaled(frame, matrix);
    const children =
      element.name === 'svg'
        ? [this.#viewport(element, style, inner, only === undefined ? {} : { only })]
        : this.inside(element, style, inner, only);
    return [this.#group(element, { style, parent, matrix }, children)];
  }

  #group(
    { name, attributes: given }: SvgElement,
    { style, parent, matrix }: GroupStyle,
    children: readonly SvgOutput[],
  ): SvgOutput {
    const attributes = this.attributes(style, parent);
    // Of a switch's parts the first that a reader understands is drawn.
    for (const condition of ['systemLanguage', 'requiredExtensions', 'requiredFeatures']) {
      const value = given.get(condition);
      if (value !== undefined) attributes.set(condition, value);
    }
    if (!isIdentity(matrix)) attributes.set('transform', matrixText(matrix));
    return { name: name === 'switch' ? name : 'g', attributes, children };
  }

  /** `svg` inside another, or a `symbol` that is used; `size` is said by the `use`. */
  #viewport(
    element: SvgElement,
    style: ComputedStyle,
    frame: Frame,
    { size = {}, only }: ViewportOptions = {},
  ): SvgOutput {
    const side = (name: 'x' | 'y' | 'width' | 'height', whole: number, missing: string): number => {
      const own = style.own.get(name) ?? element.attributes.get(name);
      const said = (name === 'width' || name === 'height' ? size[name] : undefined) ?? own ?? missing;
      const plain = plainLengths(name, said === 'auto' ? missing : said, style.fontSize);
      return plain.endsWith('%') ? (whole * Number.parseFloat(plain)) / 100 : Number(plain);
    };
    const place = { width: side('width', frame.width, '100%'), height: side('height', frame.height, '100%') };
    const viewBox = viewBoxOf(element.attributes.get('viewBox'));
    const preserveAspectRatio = element.attributes.get('preserveAspectRatio');
    const scale = viewBox === undefined ? 1 : fitScale(place, viewBox, preserveAspectRatio);
    const { width, height } = viewBox ?? place;
    const attributes = new Map([
      ['x', String(side('x', frame.width, '0'))],
      ['y', String(side('y', frame.height, '0'))],
      ['width', String(place.width)],
      ['height', String(place.height)],
      ['overflow', style.own.get('overflow') ?? 'hidden'],
    ]);
    if (viewBox !== undefined) attributes.set('viewBox', `0 0 ${width} ${height}`);
    if (preserveAspectRatio !== undefined) attributes.set('preserveAspectRatio', preserveAspectRatio);
    const children = this.inside(element, style, { width, height, scale: frame.scale * scale }, only);
    return { name: 'svg', attributes, children: [movedBack(viewBox, children)] };
  }

  #leaf(element: SvgElement, parent: ComputedStyle, frame: Frame): SvgOutput[] {
    const style = computedStyle(element.declared, parent);
    if (style.own.get('display') === 'none') return [];
    const attributes = new Map([...this.#plainAttributes(element, style), ...this.attributes(style, parent)]);
    const matrix = transformMatrix(style, frame);
    if (!isIdentity(matrix)) attributes.set('transform', matrixText(matrix));
    if (SHAPES.has(element.name)) fixStroke(attributes, style, scaled(frame, matrix).scale);
    return [{ name: element.name, attributes, children: this.inside(element, style, frame) }];
  }

  /** Its own attributes but its name; sizes from the style, where it says some. */
  #plainAttributes(element: SvgElement, { own, fontSize }: ComputedStyle): Map<string, string> {
    const result = new Map<string, string>();
    for (const [name, value] of element.attributes) {
      if (name === 'id') continue;
      if (name !== 'href') result.set(name, LENGTH_ATTRIBUTES.has(name) ? plainLengths(name, value, fontSize) : value);
      else if (element.name !== 'use') this.#putReference(result, value);
    }
    for (const [property, value] of own) {
      if (!GEOMETRY.has(property)) continue;
      if (value.toLowerCase() === 'auto') result.delete(property);
      else result.set(property, value);
    }
    return result;
  }

  #putReference(attributes: Map<string, string>, value: string): void {
    const target = this.#named.get(referredName(value) ?? '');
    if (target !== undefined) attributes.set('href', `#${this.#nameOf(target)}`);
  }

  #use(element: SvgElement, parent: ComputedStyle, frame: Frame): SvgOutput[] {
    const style = computedStyle(element.declared, parent);
    const target = this.#usedBy(element);
    if (target === undefined || style.own.get('display') === 'none') return [];
    if (this.#open.includes(target)) throw new SkippedIcon('a part of it uses itself');
    const matrix = this.#useMatrix(element, style, frame);
    const inner = scaled(frame, matrix);
    this.#open.push(target);
    try {
      return [
        this.#group(element, { style, parent, matrix }, this.#instance(element, target, withContext(style), inner)),
      ];
    } finally {
      this.#open.pop();
    }
  }

  #usedBy(element: SvgElement): SvgElement | undefined {
    const target = this.#named.get(referredName(element.attributes.get('href') ?? '') ?? '');
    return target !== undefined && (isDrawn(target.name) || target.name === 'symbol') ? target : undefined;
  }

  #useMatrix({ attributes }: SvgElement, style: ComputedStyle, frame: Frame): Matrix {
    const side = (name: 'x' | 'y', whole: number): number => {
      const plain = plainLengths(name, style.own.get(name) ?? attributes.get(name) ?? '0', style.fontSize);
      const number = plain.endsWith('%') ? (whole * Number.parseFloat(plain)) / 100 : Number(plain);
      return Number.isFinite(number) ? number : 0;
    };
    return times(transformMatrix(style, frame), translation(side('x', frame.width), side('y', frame.height)));
  }

  #instance({ attributes }: SvgElement, target: SvgElement, parent: ComputedStyle, frame: Frame): SvgOutput[] {
    if (target.name !== 'symbol' && target.name !== 'svg') return this.element(target, parent, frame);
    const style = computedStyle(target.declared, parent);
    const matrix = transformMatrix(style, frame);
    const [width, height] = [attributes.get('width'), attributes.get('height')];
    const size = { ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) };
    return [
      this.#group(target, { style, parent, matrix }, [this.#viewport(target, style, scaled(frame, matrix), { size })]),
    ];
  }

  /** "url(#a)" under the name that the definition gets here. */
  #reference(property: string, value: string): string | undefined {
    const target = this.#named.get(referredName(value) ?? '');
    return target !== undefined && fits(property, target.name) ? `url(#${this.#nameOf(target)})` : undefined;
  }

  #nameOf(element: SvgElement): string {
    const name = this.#wanted.get(element) ?? `d${this.#wanted.size}`;
    this.#wanted.set(element, name);
    return name;
  }

  /** The style that an element has where it stands in the file. */
  #styleAt(element: SvgElement): ComputedStyle {
    const known = this.#styles.get(element);
    const parent = this.#parents.get(element);
    const style = known ?? computedStyle(element.declared, parent === undefined ? this.root : this.#styleAt(parent));
    this.#styles.set(element, style);
    return style;
  }

  #definition(element: SvgElement, name: string): SvgOutput {
    const parent = this.#parents.get(element);
    const outside = parent === undefined ? this.root : this.#styleAt(parent);
    const frame = { width: 0, height: 0, scale: NaN };
    if (isDrawn(element.name)) {
      return { name: 'g', attributes: new Map([['id', name]]), children: this.element(element, outside, frame) };
    }
    const style = computedStyle(element.declared, outside);
    const children = element.children.flatMap((child) =>
      element.name === 'clipPath' && child.name === 'use'
        ? this.#clippingUse(child, style, frame)
        : this.element(child, style, frame),
    );
    const attributes = new Map([...this.#plainAttributes(element, style), ...this.attributes(style, outside, true)]);
    attributes.set('id', name);
    const matrix = transformMatrix(style, frame);
    if (!isIdentity(matrix)) attributes.set('transform', matrixText(matrix));
    return { name: element.name, attributes, children };
  }

  /** A clip path holds shapes, and no groups. */
  #clippingUse(use: SvgElement, parent: ComputedStyle, frame: Frame): SvgOutput[] {
    const style = computedStyle(use.declared, parent);
    const target = this.#usedBy(use);
    if (target === undefined || !SHAPES.has(target.name)) return [];
    const matrix = this.#useMatrix(use, style, frame);
    return this.element(target, style, frame).map((shape) => {
      const own = transformMatrix(computedStyle(target.declared, style), frame);
      const attributes = new Map([...this.attributes(style, parent), ...shape.attributes]);
      return { ...shape, attributes: attributes.set('transform', matrixText(times(matrix, own))) };
    });
  }
}

/** The rasteriser cuts off at the wrong place when a view box does not begin at 0. */
export function movedBack(viewBox: ViewBox | undefined, children: readonly SvgOutput[]): SvgOutput {
  const { x, y } = viewBox ?? { x: 0, y: 0 };
  const matrix = translation(-x, -y);
  return { name: 'g', attributes: new Map(isIdentity(matrix) ? [] : [['transform', matrixText(matrix)]]), children };
}

function withContext(style: ComputedStyle): ComputedStyle {
  const paint = (property: string, missing: string): string =>
    (style.own.get(property) ?? style.inherited.get(property) ?? missing).replace(/currentColor$/, style.color);
  return { ...style, context: { fill: paint('fill', '#000000'), stroke: paint('stroke', 'none') } };
}

function scaled(frame: Frame, matrix: Matrix): Frame {
  return isIdentity(matrix) ? frame : { ...frame, scale: frame.scale * (uniformScale(matrix) ?? NaN) };
}

function fits(property: string, name: string): boolean {
  if (PAINTS.has(property)) return PAINT_SERVERS.has(name);
  if (property.startsWith('marker-')) return name === 'marker';
  return name === (property === 'clip-path' ? 'clipPath' : property);
}

/** `vector-effect: non-scaling-stroke`: as wide in the picture as it says, however large the drawing is. SVG 2, section 8.13. */
function fixStroke(attributes: Map<string, string>, style: ComputedStyle, scale: number): void {
  const effect = style.own.get('vector-effect')?.toLowerCase();
  const value = (property: string): string | undefined => style.own.get(property) ?? style.inherited.get(property);
  if (effect !== 'non-scaling-stroke' || (value('stroke') ?? 'none') === 'none') return;
  for (const property of ['stroke-width', 'stroke-dasharray', 'stroke-dashoffset']) {
    const said = value(property) ?? (property === 'stroke-width' ? '1' : 'none');
    if (said === 'none') continue;
    const numbers = said.split(/[\s,]+/).map((part) => Number(part) / scale);
    if (!numbers.every(Number.isFinite)) throw notSupported('vector-effect', effect);
    attributes.set(property, numbers.join(' '));
  }
}
