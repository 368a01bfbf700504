/**
 * An SVG file as it stands, for its style sheets: every element is there, because selectors count also those that draw
 * nothing. Names are told by their namespaces, whatever prefix a program chose.
 */
import { XmlElement } from '@rgrove/parse-xml';
import { SkippedIcon } from '../domain/errors';

const MAX_ELEMENTS = 20_000;
/** Far more than any drawing program nests, and far from the end of any stack. */
export const MAX_DEPTH = 100;

const SVG = 'http://www.w3.org/2000/svg';
const XLINK = 'http://www.w3.org/1999/xlink';

/** They draw nothing in a still picture. */
const DRAWS_NOTHING = new Set([
  ...['title', 'desc', 'metadata', 'foreignObject', 'iframe', 'audio', 'video', 'canvas', 'view', 'cursor'],
  ...['animate', 'animateColor', 'animateMotion', 'animateTransform', 'set', 'mpath', 'discard'],
]);

export interface SourceElement {
  /** Without a namespace prefix. */
  readonly name: string;
  /** False for titles, animations and the elements of other vocabularies. */
  readonly draws: boolean;
  /** SVG's own; references to other parts are called `href` whatever their namespace. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly parent: SourceElement | undefined;
  readonly children: readonly SourceElement[];
  /** Of a style sheet. */
  readonly text: string;
}

/** Undefined stands for the namespace of elements without a prefix. */
type Scope = ReadonlyMap<string | undefined, string>;

/** Files without a declaration, as components have them, mean what the prefixes usually stand for. */
const USUAL: Scope = new Map([
  [undefined, ''],
  ['svg', SVG],
  ['xlink', XLINK],
]);

/** Throws SkippedIcon for scripts, for text, and for a file that is too large. */
export function sourceTree(root: XmlElement): SourceElement {
  const scope = scopeOf(root, USUAL);
  const [local, space] = qualified(root.name, scope);
  if (local !== 'svg') throw new SkippedIcon(`it is no SVG file: its root is <${root.name}>`);
  const own = space === '' ? '' : SVG;
  if (space !== own) throw new SkippedIcon(`it is no SVG file: its root belongs to the namespace "${space ?? '?'}"`);
  const budget = { elements: MAX_ELEMENTS };
  return elementOf(root, { scope: USUAL, own, parent: undefined, depth: 0, budget });
}

interface Place {
  readonly scope: Scope;
  /** The namespace of what is drawn: SVG's, or none at all in a file that declares none. */
  readonly own: string;
  readonly parent: SourceElement | undefined;
  readonly depth: number;
  readonly budget: { elements: number };
}

function elementOf(element: XmlElement, place: Place): SourceElement {
  const { own, depth, budget } = place;
  const scope = scopeOf(element, place.scope);
  const [name, space] = qualified(element.name, scope);
  const draws = (space === own || space === SVG) && !DRAWS_NOTHING.has(name);
  if (draws) checkElement(name, element, depth, budget);
  const children: SourceElement[] = [];
  const text = draws && name === 'style' ? element.text : '';
  const result: SourceElement = {
    ...{ name, draws, parent: place.parent, children, text },
    attributes: attributesOf(element, scope),
  };
  if (!draws || name === 'style') return result;
  for (const child of element.children) {
    if (!(child instanceof XmlElement)) continue;
    children.push(elementOf(child, { scope, own, parent: result, depth: depth + 1, budget }));
  }
  return result;
}

function checkElement(name: string, element: XmlElement, depth: number, budget: { elements: number }): void {
  if (name === 'script') throw new SkippedIcon('it holds a script');
  if (name === 'text' && element.text.trim() !== '') {
    throw new SkippedIcon('it holds text, which needs a font; convert it to paths');
  }
  if (depth > MAX_DEPTH) throw new SkippedIcon(`it nests more than ${MAX_DEPTH} elements`);
  if (--budget.elements < 0) throw new SkippedIcon(`it has more than ${MAX_ELEMENTS} elements`);
}

function scopeOf({ attributes }: XmlElement, outer: Scope): Scope {
  const own = Object.entries(attributes).flatMap(([name, value]): [string | undefined, string][] => {
    if (name === 'xmlns') return [[undefined, value]];
    return name.startsWith('xmlns:') ? [[name.slice('xmlns:'.length), value]] : [];
  });
  return own.length === 0 ? outer : new Map([...outer, ...own]);
}

/** The local name and the namespace; undefined for a prefix that stands for nothing. */
function qualified(name: string, scope: Scope): [local: string, space: string | undefined] {
  const colon = name.indexOf(':');
  return colon < 0 ? [name, scope.get(undefined)] : [name.slice(colon + 1), scope.get(name.slice(0, colon))];
}

function attributesOf({ attributes }: XmlElement, scope: Scope): ReadonlyMap<string, string> {
  const kept = new Map<string, string>();
  for (const [name, value] of Object.entries(attributes)) {
    if (!name.includes(':')) {
      // Handlers run, declarations were read.
      if (name !== 'xmlns' && !/^on[a-z]/i.test(name)) kept.set(name, value);
      continue;
    }
    const [local, space] = qualified(name, scope);
    if (space === XLINK && local === 'href' && attributes['href'] === undefined) kept.set('href', value);
  }
  return kept;
}
