/**
 * An SVG file as a tree of what it draws. Nothing that runs or loads gets into the tree, and what the rasteriser reads is
 * written anew from it: it never sees a DOCTYPE, an entity, a script or an address.
 */
import { parseXml, XmlElement } from '@rgrove/parse-xml';
import { messageOf } from '../domain/errors';
import { SkippedIcon } from './icon-error';
import type { SvgElement, SvgNode } from './svg-node';
import { checkReference, withoutVariables } from './svg-values';

/** A megabyte of paths is a map or a photograph that was traced, no icon. */
export const MAX_SVG_BYTES = 2 ** 20;
const MAX_ELEMENTS = 20_000;
/** Far more than any drawing program nests, and far from the end of any stack. */
const MAX_DEPTH = 100;

/** They draw nothing in a still picture. */
const DROPPED = new Set([
  ...['title', 'desc', 'metadata', 'foreignObject', 'iframe', 'audio', 'video', 'canvas', 'view', 'cursor'],
  ...['animate', 'animateColor', 'animateMotion', 'animateTransform', 'set', 'mpath', 'discard'],
]);

/** Throws SkippedIcon saying what is wrong. */
export function parseSvg(text: string): SvgElement {
  if (text.length > MAX_SVG_BYTES) throw new SkippedIcon(`it is larger than ${MAX_SVG_BYTES / 2 ** 20} MB`);
  if (/<!DOCTYPE[^>[]*\[|<!ENTITY/i.test(text)) {
    throw new SkippedIcon('its DOCTYPE declares entities, which are not read; save it without them');
  }
  const root = rootOf(text);
  if (localName(root) !== 'svg') throw new SkippedIcon(`it is no SVG file: its root is <${root.name}>`);
  const budget = { elements: MAX_ELEMENTS };
  const [tree] = treeOf(root, budget, 0);
  if (tree === undefined || typeof tree === 'string') throw new SkippedIcon('it draws nothing');
  return tree;
}

function rootOf(text: string): XmlElement {
  try {
    const { root } = parseXml(text.replace(/^\uFEFF?\s*/, ''));
    if (root === null) throw new SkippedIcon('it is empty');
    return root;
  } catch (error) {
    if (error instanceof SkippedIcon) throw error;
    if (error instanceof RangeError) throw new SkippedIcon(`it nests more than ${MAX_DEPTH} elements`);
    const [reason = ''] = messageOf(error).split('\n');
    throw new SkippedIcon(`it is damaged: ${reason}`, { cause: error });
  }
}

/** The element with what draws in it; nothing when it draws nothing. */
function treeOf(element: XmlElement, budget: { elements: number }, depth: number): SvgNode[] {
  const name = localName(element);
  if (name === undefined || DROPPED.has(name)) return [];
  if (name === 'script') throw new SkippedIcon('it holds a script');
  if (name === 'text' && element.text.trim() !== '') {
    throw new SkippedIcon('it holds text, which needs a font; convert it to paths');
  }
  if (depth > MAX_DEPTH) throw new SkippedIcon(`it nests more than ${MAX_DEPTH} elements`);
  if (--budget.elements < 0) throw new SkippedIcon(`it has more than ${MAX_ELEMENTS} elements`);
  const children =
    name === 'style'
      ? [cleanText(element.text)]
      : element.children.flatMap((child) => (child instanceof XmlElement ? treeOf(child, budget, depth + 1) : []));
  return [{ name, attributes: attributesOf(name, element), children }];
}

function attributesOf(name: string, { attributes }: XmlElement): ReadonlyMap<string, string> {
  const kept = new Map<string, string>();
  for (const [qualified, value] of Object.entries(attributes)) {
    const attribute = qualified === 'xlink:href' ? 'href' : qualified;
    // Handlers, and what drawing programs keep for themselves.
    if (attribute.includes(':') || attribute === 'xmlns' || /^on[a-z]/i.test(attribute)) continue;
    // A link leads somewhere only in a browser.
    if (attribute === 'href' && name === 'a') continue;
    if (attribute === 'href' && !value.trim().startsWith('#')) checkReference(value);
    kept.set(attribute, cleanText(value));
  }
  return kept;
}

function cleanText(text: string): string {
  for (const [, address = ''] of text.matchAll(/url\(\s*["']?\s*([^"')]*)/gi)) checkReference(address);
  if (/@import/i.test(text)) throw new SkippedIcon('its style sheet imports another file');
  return withoutVariables(text);
}

/** Undefined for elements of other vocabularies, such as those of a drawing program. */
function localName({ name }: XmlElement): string | undefined {
  const [first = '', second] = name.split(':');
  if (second === undefined) return first;
  return first === 'svg' ? second : undefined;
}

/** The tree as XML. */
export function svgText(node: SvgNode): string {
  if (typeof node === 'string') return escaped(node);
  const attributes = [...node.attributes].map(([name, value]) => ` ${name}="${escaped(value)}"`).join('');
  const children = node.children.map(svgText).join('');
  return children === '' ? `<${node.name}${attributes}/>` : `<${node.name}${attributes}>${children}</${node.name}>`;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '');
}
