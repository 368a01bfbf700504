/** Which elements a selector names, in an SVG file as it stands. */
import Specificity from '@bramus/specificity';
import { compile, type Options } from 'css-select';
import { parse } from 'css-tree/dist/csstree.esm';
import { messageOf, SkippedIcon } from '../../domain/errors';
import type { SourceElement } from '../svg-source';

export interface Selector {
  readonly specificity: readonly [ids: number, classes: number, names: number];
  readonly matches: (element: SourceElement) => boolean;
  /** Looks at neighbours, so that every match takes longer the more there are. */
  readonly isSlow: boolean;
}

/** Nothing is pointed at, focused or typed in; links are not followed. */
const NEVER = [
  ...['hover', 'active', 'focus', 'focus-visible', 'focus-within', 'visited', 'target-within', 'checked', 'disabled'],
  ...['enabled', 'required', 'optional', 'invalid', 'valid', 'fullscreen', 'modal', 'popover-open', 'open', 'defined'],
];

const siblingsOf = (element: SourceElement): SourceElement[] => [...(element.parent?.children ?? [element])];

const adapter: NonNullable<Options<SourceElement, SourceElement>['adapter']> = {
  isTag: (node): node is SourceElement => 'name' in node,
  getAttributeValue: ({ attributes }, name) => attributes.get(name),
  getChildren: ({ children }) => [...children],
  getName: ({ name }) => name,
  getParent: ({ parent }) => parent ?? null,
  getSiblings: siblingsOf,
  getText: ({ text }) => text,
  hasAttrib: ({ attributes }, name) => attributes.has(name),
  removeSubsets: (nodes) => nodes,
};

/** `target`: what ":target" stands for. Undefined for a selector that names nothing drawn. Throws SkippedIcon for one that is not known. */
export function compiledSelector(text: string, target: (element: SourceElement) => boolean): Selector | undefined {
  // ::before and the like do not exist in SVG.
  if (/::|:(?:before|after|first-line|first-letter)\b/.test(text)) return undefined;
  const never = Object.fromEntries(NEVER.map((name) => [name, () => false]));
  // Every element is one of SVG's, so a namespace in front of a name says nothing.
  const selector = text.replace(/(?<![\w\])-])(?:[\w-]+|\*)?\|(?=[\w*])/g, '');
  try {
    const matches = compile<SourceElement, SourceElement>(selector, {
      ...{ adapter, xmlMode: true, cacheResults: false, relativeSelector: false },
      pseudos: { ...never, target, link: 'a[href]', 'any-link': 'a[href]' },
    });
    return {
      specificity: specificityOf(selector),
      matches,
      isSlow: /[~+]|:nth|:has|-(?:child|of-type)/.test(selector),
    };
  } catch (error) {
    throw new SkippedIcon(`its style sheet has a selector that is not supported: "${text}" (${messageOf(error)})`);
  }
}

function specificityOf(selector: string): Selector['specificity'] {
  const parsed = parse(selector, { context: 'selector' });
  const { a, b, c } = Specificity.calculateForAST(parsed).value;
  return [a, b, c];
}
