/** The style of one element with what it inherits, as presentation attributes that the rasteriser understands. */
import { isCurrentColor, resolvedColor, withPlainColors } from './colors';
import type { Declaration, Declarations } from './declaration';
import { DEFAULT_FONT_SIZE, notSupported, plainLengths, reckoned } from './lengths';
import { COLORS, DRAWN, GEOMETRY, INHERITED, LENGTHS, PAINTS, UNSUPPORTED } from './properties';
import { customProperties, withVariables, type CustomProperties } from './substitution';
import { isValue } from './validity';

export interface ComputedStyle {
  /** What counts for this element by its own declarations, by property. */
  readonly own: ReadonlyMap<string, string>;
  /** What the elements in it inherit. */
  readonly inherited: ReadonlyMap<string, string>;
  readonly customs: CustomProperties;
  readonly color: string;
  readonly fontSize: number;
  /** What context-fill and context-stroke stand for: the paints of the `use` that draws this. */
  readonly context: Paints | undefined;
}

export interface Paints {
  readonly fill: string;
  readonly stroke: string;
}

export function rootStyle(currentColor: string): ComputedStyle {
  return {
    own: new Map(),
    inherited: new Map(),
    customs: new Map(),
    color: resolvedColor('currentColor', currentColor, '#000'),
    fontSize: DEFAULT_FONT_SIZE,
    context: undefined,
  };
}

/** SVG 2's, for "initial" and for elements that are told everything. */
const INITIAL: Readonly<Record<string, string>> = {
  fill: '#000000',
  stroke: 'none',
  'stroke-width': '1',
  'stroke-dasharray': 'none',
  'stroke-dashoffset': '0',
  'stroke-linecap': 'butt',
  'stroke-linejoin': 'miter',
  'stroke-miterlimit': '4',
  'fill-rule': 'nonzero',
  'clip-rule': 'nonzero',
  'fill-opacity': '1',
  'stroke-opacity': '1',
  visibility: 'visible',
  'paint-order': 'normal',
  'marker-start': 'none',
  'marker-mid': 'none',
  'marker-end': 'none',
};

/** Throws SkippedIcon naming the property that cannot be honoured. */
export function computedStyle(declared: Declarations, parent: ComputedStyle): ComputedStyle {
  if (declared.size === 0 && parent.own.size === 0) return parent;
  const customs = customProperties(declared, parent.customs);
  const given = (property: string): string | undefined => plainValue(property, declared.get(property), parent, customs);
  const size = given('font-size');
  const fontSize = size === undefined ? parent.fontSize : fontSizeOf(size, parent.fontSize);
  const written = given('color');
  const color = written === undefined ? parent.color : resolvedColor('color', written, parent.color);
  const style = { customs, color, fontSize, context: parent.context };
  const own = new Map<string, string>();
  for (const property of declared.keys()) {
    if (property.startsWith('--') || property === 'color' || property === 'font-size') continue;
    const value = given(property);
    if (value !== undefined) own.set(property, honoured(property, value, style));
  }
  const passedOn = [...own].filter(([property]) => INHERITED.has(property));
  return {
    own,
    inherited: passedOn.length === 0 ? parent.inherited : new Map([...parent.inherited, ...passedOn]),
    ...style,
  };
}

/** Without variables and the words that every property knows; undefined for a declaration that says nothing. */
function plainValue(
  property: string,
  declaration: Declaration | undefined,
  parent: ComputedStyle,
  customs: CustomProperties,
): string | undefined {
  if (declaration === undefined) return undefined;
  const result = withVariables(declaration.value, customs);
  if ('invalid' in result) {
    // Nobody but a page can define it; such an icon takes the colour of the text around it.
    return result.invalid === 'unknown' && (PAINTS.has(property) || COLORS.has(property)) ? 'currentColor' : undefined;
  }
  const { value } = result;
  if (value !== declaration.value && !declaration.isAttribute && !isValue(property, value)) return undefined;
  return ofEveryProperty(property, value, parent);
}

/** Words that every property knows. CSS Cascade 5, section 7.3. */
function ofEveryProperty(property: string, value: string, parent: ComputedStyle): string | undefined {
  const isColor = property === 'color';
  switch (value.toLowerCase()) {
    case 'inherit':
      return parent.own.get(property) ?? parent.inherited.get(property) ?? (isColor ? parent.color : undefined);
    case 'initial':
      return isColor ? '#000000' : INITIAL[property];
    case 'unset':
    case 'revert':
      return undefined;
    case 'revert-layer':
      throw notSupported(property, value);
    default:
      return value;
  }
}

function fontSizeOf(value: string, parent: number): number {
  const size = value.endsWith('%')
    ? (parent * Number.parseFloat(value)) / 100
    : Number(plainLengths('font-size', value, parent));
  return Number.isFinite(size) ? size : parent;
}

type Surroundings = Pick<ComputedStyle, 'color' | 'fontSize' | 'context'>;

function honoured(property: string, value: string, style: Surroundings): string {
  const harmless = UNSUPPORTED.get(property);
  if (harmless?.includes(value.toLowerCase()) === false) throw notSupported(property, value);
  if (PAINTS.has(property)) return paintOf(property, value, style);
  if (COLORS.has(property)) return resolvedColor(property, value, style.color);
  if (property === 'd') return pathOf(value);
  if (GEOMETRY.has(property) || LENGTHS.has(property)) return plainLengths(property, value, style.fontSize);
  if (property.endsWith('opacity')) return opacityOf(reckoned(property, value));
  if (property === 'clip-path' || property === 'mask' || property.startsWith('marker-'))
    return referenceOf(property, value);
  if (property === 'filter')
    return plainLengths(property, withPlainColors(property, value, style.color), style.fontSize);
  return DRAWN.has(property) ? reckoned(property, value).toLowerCase() : value;
}

/** SVG 2, section 13.2. `currentColor` stays, because what inherits it has a colour of its own. */
function paintOf(property: string, value: string, style: Surroundings): string {
  const [reference] = /^url\([^)]*\)/i.exec(value) ?? [];
  const rest = value.slice(reference?.length).trimStart();
  if (reference !== undefined) return rest === '' ? reference : `${reference} ${plainPaint(property, rest, style)}`;
  return plainPaint(property, value, style);
}

function plainPaint(property: string, value: string, style: Surroundings): string {
  const lower = value.toLowerCase();
  if (lower === 'none') return lower;
  if (isCurrentColor(value)) return 'currentColor';
  if (lower === 'context-fill' || lower === 'context-stroke') {
    // The rasteriser does not know it of markers, and elsewhere only Firefox's own pages say it.
    const paint = lower === 'context-fill' ? style.context?.fill : style.context?.stroke;
    if (paint === undefined) throw notSupported(property, value);
    return paint;
  }
  return resolvedColor(property, value, style.color);
}

function opacityOf(value: string): string {
  return value.endsWith('%') ? String(Number.parseFloat(value) / 100) : value;
}

/** Only parts of the same file; shapes that CSS describes are not drawn here. */
function referenceOf(property: string, value: string): string {
  const plain = value.trim();
  if (plain.toLowerCase() === 'none' || /^url\([^)]*\)$/i.test(plain)) return plain;
  throw notSupported(property, value);
}

function pathOf(value: string): string {
  if (value.toLowerCase() === 'none') return '';
  const [, , path] = /^path\(\s*(["'])([^]*)\1\s*\)$/i.exec(value) ?? [];
  if (path === undefined) throw notSupported('d', value);
  return path;
}
