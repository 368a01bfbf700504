/** The cascade: of everything that is declared about an element, what counts. CSS Cascade 5, section 6. */
import { SkippedIcon } from '../../domain/errors';
import type { SourceElement } from '../svg-source';
import type { Declaration, Declarations } from './declaration';
import { compareLayers } from './layers';
import { isHonoured, PRESENTATION } from './properties';
import { compiledSelector, type Selector } from './selectors';
import { inlineDeclarations, readSheets, type SheetDeclaration, type SheetRule } from './sheet';
import { isValue } from './validity';

/** Selectors times elements; ordinary icons need hundreds. */
const MAX_MATCHES = 20_000_000;

interface CompiledRule extends SheetRule {
  readonly compiled: Selector;
}

export interface CascadeOptions {
  /** What ":target" stands for; nothing when it is left out. */
  readonly target?: (element: SourceElement) => boolean;
}

/** What is declared about each element. */
export type Cascade = (element: SourceElement) => Declarations;

/** Throws SkippedIcon for a sheet that cannot be honoured, saying what in it. */
export function cascadeOf(root: SourceElement, { target = () => false }: CascadeOptions = {}): Cascade {
  const { rules, initial } = readSheets(sheetTexts(root));
  const compiled = rules.flatMap((rule): CompiledRule[] => {
    if (rule.declarations.length === 0) return [];
    const selector = compiledSelector(rule.selector, target);
    return selector === undefined ? [] : [{ ...rule, compiled: selector }];
  });
  const budget = { matches: MAX_MATCHES, neighbours: mostChildren(root) };
  const ordered = [...compiled].sort(byStrength);
  return (element) => {
    const result = declarationsOf(element, ordered, budget);
    if (element === root) for (const [name, value] of initial) if (!result.has(name)) result.set(name, inSheet(value));
    return result;
  };
}

/** Whether the file's style depends on which part an address names. */
export function mentionsTarget(root: SourceElement): boolean {
  return sheetTexts(root).some((text) => text.includes(':target'));
}

function* elementsOf(element: SourceElement): Generator<SourceElement> {
  yield element;
  for (const child of element.children) yield* elementsOf(child);
}

function sheetTexts(root: SourceElement): string[] {
  return [...elementsOf(root)].flatMap(({ name, attributes, text }) => {
    if (name !== 'style' || text.trim() === '') return [];
    const type = attributes.get('type')?.trim().toLowerCase() ?? '';
    if (type !== '' && type !== 'text/css') return [];
    const media = attributes.get('media')?.trim() ?? '';
    return [media === '' ? text : `@media ${media}{${text}}`];
  });
}

function mostChildren(root: SourceElement): number {
  let most = 1;
  for (const { children } of elementsOf(root)) most = Math.max(most, children.length);
  return most;
}

/** Weakest first; sorting keeps the order of equals. Important declarations turn the layers' order round. */
function byStrength(a: CompiledRule, b: CompiledRule): number {
  return compareLayers(a.layer, b.layer) || bySpecificity(a, b);
}

function bySpecificity({ compiled: a }: CompiledRule, { compiled: b }: CompiledRule): number {
  for (const [index, count] of a.specificity.entries()) {
    const difference = count - (b.specificity[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function declarationsOf(
  element: SourceElement,
  rules: readonly CompiledRule[],
  budget: { matches: number; readonly neighbours: number },
): Map<string, Declaration> {
  const result = new Map<string, Declaration>();
  for (const [name, value] of element.attributes) {
    if (PRESENTATION.has(name)) put(result, { property: name, value: value.trim(), isAttribute: true });
  }
  const matching = rules.filter(({ compiled }) => {
    budget.matches -= compiled.isSlow ? budget.neighbours : 1;
    if (budget.matches < 0) throw new SkippedIcon('its style sheet has too many selectors for its parts');
    return compiled.matches(element);
  });
  const inline = inlineDeclarations(element.attributes.get('style') ?? '');
  for (const { declarations } of matching) putAll(result, declarations, false);
  putAll(result, inline, false);
  for (const { declarations } of importantOrder(matching)) putAll(result, declarations, true);
  putAll(result, inline, true);
  return result;
}

/** Layers the other way round, all else as it was. */
function importantOrder(rules: readonly CompiledRule[]): CompiledRule[] {
  return [...rules].sort((a, b) => -compareLayers(a.layer, b.layer) || bySpecificity(a, b));
}

function putAll(result: Map<string, Declaration>, declarations: readonly SheetDeclaration[], important: boolean): void {
  for (const declaration of declarations) {
    if (declaration.important === important) put(result, { ...declaration, isAttribute: false });
  }
}

function put(
  result: Map<string, Declaration>,
  { property, value, isAttribute }: Declaration & { readonly property: string },
): void {
  if (!isHonoured(property) || !(isAttribute ? isAttributeValue(property, value) : isValue(property, value))) return;
  const names = property === 'marker' ? ['marker-start', 'marker-mid', 'marker-end'] : [property];
  for (const name of names) result.set(name, { value, isAttribute });
}

/** Attributes have SVG's own grammar; only paints are told apart, since a wrong one leaves what is inherited. */
function isAttributeValue(property: string, value: string): boolean {
  const isColor = property === 'fill' || property === 'stroke' || property.endsWith('color');
  return !isColor || isValue(property, value);
}

function inSheet(value: string): Declaration {
  return { value, isAttribute: false };
}
