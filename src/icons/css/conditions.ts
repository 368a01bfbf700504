/** @media and @supports, answered as a browser does for a picture on an ordinary screen with a light theme. */
import {
  type Atrule,
  type AtrulePrelude,
  type CssNode,
  type Declaration,
  type FeatureRange,
  type Raw,
  generate,
} from 'css-tree/dist/csstree.esm';
import { SkippedIcon } from '../../domain/errors';
import { isSupported } from './validity';

/** Media Queries 5. A feature that is missing here is one that no query matches. */
const SCREEN: Readonly<Record<string, readonly string[]>> = {
  'prefers-color-scheme': ['light'],
  'prefers-contrast': ['no-preference'],
  'prefers-reduced-motion': ['no-preference'],
  'prefers-reduced-transparency': ['no-preference'],
  'prefers-reduced-data': ['no-preference'],
  'forced-colors': ['none'],
  'inverted-colors': ['none'],
  'color-gamut': ['srgb'],
  'dynamic-range': ['standard'],
  'video-dynamic-range': ['standard'],
  'overflow-block': ['scroll'],
  hover: ['hover'],
  'any-hover': ['hover'],
  pointer: ['fine'],
  'any-pointer': ['fine'],
  scripting: ['none'],
  update: ['fast'],
  grid: ['0'],
  monochrome: ['0'],
  color: ['8'],
};
/** In a query without a value they are true when they are not this. */
const FALSE_VALUES = new Set(['none', 'no-preference', '0']);
const OF_THE_PLACE = /^(?:min-|max-)?(?:device-)?(?:width|height|aspect-ratio|resolution)$|^orientation$/;

/** Throws SkippedIcon where the answer depends on the size at which the icon is shown. */
export function mediaMatches(prelude: Atrule['prelude']): boolean {
  const queries = childrenOf(prelude).flatMap((list) => (list.type === 'MediaQueryList' ? [...list.children] : []));
  if (queries.length === 0) return prelude?.type !== 'Raw';
  return queries.some(queryMatches);
}

function queryMatches(query: CssNode): boolean {
  if (query.type !== 'MediaQuery') return false;
  const type = query.mediaType?.toLowerCase() ?? 'all';
  const rightMedium = type === 'all' || type === 'screen';
  const matches = rightMedium && (query.condition === null || conditionOf(query.condition, mediaFeature));
  return query.modifier?.toLowerCase() === 'not' ? !matches : matches;
}

function mediaFeature(node: CssNode): boolean {
  if (node.type === 'FeatureRange') return rangeMatches(node);
  if (node.type !== 'Feature') return false;
  const name = node.name.toLowerCase();
  checkPlace(name, node);
  const offered = SCREEN[name.replace(/^(?:min|max)-/, '')];
  if (offered === undefined) return false;
  if (node.value === null) return offered.some((value) => !FALSE_VALUES.has(value));
  const wanted = generate(node.value).toLowerCase();
  if (name.startsWith('min-')) return Number(offered[0]) >= Number(wanted);
  if (name.startsWith('max-')) return Number(offered[0]) <= Number(wanted);
  return offered.includes(wanted);
}

/** Ranges are of sizes, or of the few numbers that a screen has. */
function rangeMatches(node: FeatureRange): boolean {
  for (const part of [node.left, node.middle, node.right]) {
    if (part?.type === 'Identifier') checkPlace(part.name.toLowerCase(), node);
  }
  return false;
}

function checkPlace(name: string, node: CssNode): void {
  if (!OF_THE_PLACE.test(name)) return;
  throw new SkippedIcon(`its style depends on the size at which it is shown: @media ${generate(node)}`);
}

export function supportsMatches(prelude: Atrule['prelude']): boolean {
  const [condition] = childrenOf(prelude);
  return condition !== undefined && conditionOf(condition, supportsFeature);
}

function supportsFeature(node: CssNode): boolean {
  if (node.type === 'SupportsDeclaration') return declarationIsSupported(node.declaration);
  if (node.type === 'Declaration') return declarationIsSupported(node);
  // A selector that could be read is one that is known.
  return node.type === 'FeatureFunction' && node.feature.toLowerCase() === 'selector';
}

function declarationIsSupported({ property, value }: Declaration): boolean {
  return isSupported(property.toLowerCase(), generate(value));
}

/** "not a", "a and b", "a or b"; what is in brackets is a condition of its own. */
function conditionOf(node: CssNode, feature: (node: CssNode) => boolean): boolean {
  if (node.type !== 'Condition') return feature(node);
  let result: boolean | undefined;
  let word = '';
  for (const part of node.children) {
    if (part.type === 'Identifier') {
      word = part.name.toLowerCase();
      continue;
    }
    const matches = conditionOf(part, feature);
    if (result === undefined) result = word === 'not' ? !matches : matches;
    else result = word === 'or' ? result || matches : result && matches;
  }
  return result ?? false;
}

function childrenOf(prelude: AtrulePrelude | Raw | null): CssNode[] {
  return prelude?.type === 'AtrulePrelude' ? [...prelude.children] : [];
}
