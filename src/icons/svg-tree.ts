/**
 * An SVG file as a tree of what it draws. Nothing that runs or loads gets into the tree, and what the rasteriser reads is
 * written anew from it: it never sees a DOCTYPE, an entity, a script, a style sheet or an address.
 */
import { parseXml, type XmlDocument, type XmlElement, XmlProcessingInstruction } from '@rgrove/parse-xml';
import { messageOf, SkippedIcon } from '../domain/errors';
import { cascadeOf, mentionsTarget, type Cascade } from './css/cascade';
import { PRESENTATION } from './css/properties';
import type { SvgElement } from './svg-node';
import { MAX_DEPTH, sourceTree, type SourceElement } from './svg-source';
import { checkReference } from './svg-values';

/** A megabyte of paths is a map or a photograph that was traced, no icon. */
export const MAX_SVG_BYTES = 2 ** 20;

export interface SvgFile {
  readonly root: SvgElement;
  /** The same tree as if an address named every part; only where the style asks for that. */
  readonly targeted: SvgElement | undefined;
}

/** Throws SkippedIcon saying what is wrong. */
export function parseSvg(text: string): SvgFile {
  if (text.length > MAX_SVG_BYTES) throw new SkippedIcon(`it is larger than ${MAX_SVG_BYTES / 2 ** 20} MB`);
  if (declaresEntities(text)) {
    throw new SkippedIcon('its DOCTYPE declares entities, which are not read; save it without them');
  }
  const source = sourceTree(rootOf(text));
  const root = treeOf(source, cascadeOf(source));
  if (!mentionsTarget(source)) return { root, targeted: undefined };
  const target = ({ attributes }: SourceElement): boolean => attributes.has('id');
  return { root, targeted: treeOf(source, cascadeOf(source, { target })) };
}

/** A document has one DOCTYPE; looking on from every further one would take the square of the time. */
function declaresEntities(text: string): boolean {
  if (/<!ENTITY/i.test(text)) return true;
  const doctype = text.search(/<!DOCTYPE/i);
  if (doctype < 0) return false;
  const end = text.indexOf('>', doctype);
  const brackets = text.indexOf('[', doctype);
  return brackets >= 0 && (end < 0 || brackets < end);
}

function rootOf(text: string): XmlElement {
  try {
    const document = parseXml(text.replace(/^\uFEFF?\s*/, ''));
    if (document.root === null) throw new SkippedIcon('it is empty');
    checkNoSheet(document);
    return document.root;
  } catch (error) {
    if (error instanceof SkippedIcon) throw error;
    if (error instanceof RangeError) throw new SkippedIcon(`it nests more than ${MAX_DEPTH} elements`);
    const [reason = ''] = messageOf(error).split('\n');
    throw new SkippedIcon(`it is damaged: ${reason}`, { cause: error });
  }
}

function checkNoSheet({ children }: XmlDocument): void {
  for (const child of children) {
    if (child instanceof XmlProcessingInstruction && child.name === 'xml-stylesheet') {
      throw new SkippedIcon('its style sheet is another file');
    }
  }
}

function treeOf(source: SourceElement, cascade: Cascade): SvgElement {
  const { name, children } = source;
  // Views say which parts of the picture are icons.
  const kept = children.filter((child) => child.name !== 'style' && (child.draws || child.name === 'view'));
  const declared = cascade(source);
  for (const { value } of declared.values()) checkAddresses(value);
  return {
    name,
    attributes: attributesOf(source),
    declared,
    children: kept.map((child) => treeOf(child, cascade)),
  };
}

function attributesOf({ name, attributes }: SourceElement): ReadonlyMap<string, string> {
  const kept = new Map<string, string>();
  for (const [attribute, value] of attributes) {
    if (PRESENTATION.has(attribute) || attribute === 'style' || attribute === 'class') continue;
    // A link leads somewhere only in a browser.
    if (attribute === 'href' && name === 'a') continue;
    if (attribute === 'href' && !value.trim().startsWith('#')) checkReference(value);
    kept.set(attribute, value);
  }
  return kept;
}

function checkAddresses(value: string): void {
  for (const [, address = ''] of value.matchAll(/url\(\s*["']?\s*([^"')]*)/gi)) checkReference(address);
}
