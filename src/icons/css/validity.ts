/** Which declarations count: a browser passes over those that it does not understand, and takes the one before. */
import { lexer } from 'css-tree/dist/csstree.esm';

const known = new Map<string, boolean>();
const MOST_KNOWN = 20_000;

/**
 * False for a value that is none. Values with functions that are not known here count, so that they can be named:
 * a newer browser may know them.
 */
export function isValue(property: string, value: string): boolean {
  if (property.startsWith('--') || /\b(?:var|env)\(/i.test(value)) return true;
  const key = `${property}:${value}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size > MOST_KNOWN) known.clear();
  const result = matches(property, value);
  known.set(key, result);
  return result;
}

/** Properties of SVG 2 that the grammar's tables do not have. */
const ALSO: Readonly<Record<string, RegExp>> = { rx: /^auto$/i, ry: /^auto$/i };

function matches(property: string, value: string): boolean {
  if (value.trim() === '') return false;
  if (ALSO[property]?.test(value) === true) return true;
  if (lexer.matchProperty(property, value).matched !== null) return true;
  const functions = [...value.matchAll(/(?<![a-z-])([a-z-]+)\(/gi)].map(([, name = '']) => name.toLowerCase());
  return functions.some((name) => name !== 'url');
}

/** For @supports. */
export function isSupported(property: string, value: string): boolean {
  return property.startsWith('--') || lexer.matchProperty(property, value).matched !== null;
}
