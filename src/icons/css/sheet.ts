/** A style sheet as a list of rules, each with one selector: conditions answered, layers placed, nested rules unfolded. */
import { generate, parse, type Atrule, type Block, type CssNode, type Rule } from 'css-tree/dist/csstree.esm';
import { SkippedIcon } from '../../domain/errors';
import { betweenCommas } from './colors';
import { mediaMatches, supportsMatches } from './conditions';
import { Layers, type LayerPlace } from './layers';
import { propertyName } from './properties';

export interface SheetDeclaration {
  readonly property: string;
  readonly value: string;
  readonly important: boolean;
}

export interface SheetRule {
  readonly selector: string;
  readonly layer: LayerPlace;
  readonly declarations: readonly SheetDeclaration[];
}

export interface StyleSheets {
  readonly rules: readonly SheetRule[];
  /** From @property, by the custom property's name. */
  readonly initial: ReadonlyMap<string, string>;
}

const MAX_RULES = 5000;
const MAX_NESTING = 8;
/** They say nothing about a still picture without text, or not to a browser either. */
const CONDITIONAL = new Set(['container', 'scope']);

/** The sheets of one file, in their order. Throws SkippedIcon for what cannot be answered, by name. */
export function readSheets(texts: readonly string[]): StyleSheets {
  const reader = new SheetReader();
  for (const text of texts) reader.read(text);
  return reader.result();
}

/** Inside which rules, conditions and layers. */
interface Scope {
  readonly layer: string;
  readonly parents: readonly string[] | undefined;
  readonly depth: number;
}

class SheetReader {
  readonly #layers = new Layers();
  readonly #rules: { selector: string; layer: string; declarations: SheetDeclaration[] }[] = [];
  readonly #initial = new Map<string, string>();

  read(text: string): void {
    const sheet = parse(text, { parseValue: false, parseCustomProperty: false });
    if (sheet.type === 'StyleSheet') this.#nodes(sheet.children, { layer: '', parents: undefined, depth: 0 });
  }

  result(): StyleSheets {
    const rules = this.#rules.map((rule) => ({ ...rule, layer: this.#layers.place(rule.layer) }));
    return { rules, initial: this.#initial };
  }

  #nodes(nodes: Iterable<CssNode>, scope: Scope): void {
    if (scope.depth > MAX_NESTING) throw new SkippedIcon(`its style sheet nests more than ${MAX_NESTING} rules`);
    const own: SheetDeclaration[] = [];
    if (scope.parents !== undefined) this.#add(scope.parents, scope.layer, own);
    for (const node of nodes) {
      if (node.type === 'Rule') this.#rule(node, scope);
      else if (node.type === 'Atrule') this.#atrule(node, scope);
      else if (node.type === 'Declaration') own.push(declarationOf(node));
      else if (node.type === 'Raw' && scope.parents !== undefined) this.#nested(node.value, own, scope);
    }
  }

  /** What the parser leaves alone inside a rule: rules whose selector has no "&", and declarations in @media. */
  #nested(text: string, own: SheetDeclaration[], scope: Scope): void {
    if (!text.includes('{')) {
      own.push(...inlineDeclarations(text));
      return;
    }
    const sheet = parse(text, { parseValue: false, parseCustomProperty: false });
    for (const node of sheet.type === 'StyleSheet' ? sheet.children : []) {
      if (node.type === 'Atrule') this.#atrule(node, scope);
      if (node.type !== 'Rule') continue;
      const written = generate(node.prelude);
      // "> path" begins with how it is related to the rule outside.
      const selectors = betweenCommas(written).map((each) => (/^\s*[>+~]/.test(each) ? `&${each}` : each));
      const prelude = parse(selectors.join(','), { context: 'selectorList' });
      if (prelude.type !== 'SelectorList') throw unreadable(text);
      this.#rule({ ...node, prelude }, scope);
    }
  }

  #rule({ prelude, block }: Rule, scope: Scope): void {
    // A selector that cannot be read makes a browser pass over the whole rule.
    if (prelude.type === 'Raw') return;
    const written = [...prelude.children].map((selector) => generate(selector));
    const selectors = scope.parents === undefined ? written : written.map((each) => within(scope.parents, each));
    this.#nodes(block.children, { ...scope, parents: selectors, depth: scope.depth + 1 });
  }

  #add(selectors: readonly string[], layer: string, declarations: SheetDeclaration[]): void {
    for (const selector of selectors) this.#rules.push({ selector, layer, declarations });
    if (this.#rules.length > MAX_RULES) throw new SkippedIcon(`its style sheet has more than ${MAX_RULES} rules`);
  }

  #atrule(node: Atrule, scope: Scope): void {
    const name = node.name.toLowerCase();
    const inner = { ...scope, depth: scope.depth + 1 };
    if (name === 'import') throw new SkippedIcon('its style sheet imports another file');
    if (name === 'property') this.#property(node);
    if (name === 'layer') this.#layer(node, inner);
    if (node.block === null) return;
    if (name === 'media' && mediaMatches(node.prelude)) this.#nodes(node.block.children, inner);
    if (name === 'supports' && supportsMatches(node.prelude)) this.#nodes(node.block.children, inner);
    if (CONDITIONAL.has(name)) throw new SkippedIcon(`its style sheet uses @${name}, which is not supported`);
  }

  #layer({ prelude, block }: Atrule, scope: Scope): void {
    const names =
      prelude === null
        ? []
        : generate(prelude)
            .split(',')
            .filter((name) => name !== '');
    if (block === null) {
      for (const name of names) this.#layers.named(scope.layer, name);
      return;
    }
    this.#nodes(block.children, { ...scope, layer: this.#layers.named(scope.layer, names[0]) });
  }

  #property({ prelude, block }: Atrule): void {
    if (prelude === null || block === null) return;
    const value = declarationsOf(block).find(({ property }) => property === 'initial-value')?.value;
    if (value !== undefined) this.#initial.set(generate(prelude), value);
  }
}

function declarationsOf(block: Block): SheetDeclaration[] {
  return [...block.children].flatMap((node) => (node.type === 'Declaration' ? [declarationOf(node)] : []));
}

function declarationOf(node: CssNode & { readonly type: 'Declaration' }): SheetDeclaration {
  const { property, value, important } = node;
  return { property: propertyName(property), value: generate(value).trim(), important: important !== false };
}

/** The text of a `style` attribute. */
export function inlineDeclarations(text: string): SheetDeclaration[] {
  const list = parse(text, { context: 'declarationList', parseValue: false, parseCustomProperty: false });
  if (list.type !== 'DeclarationList') return [];
  return [...list.children].flatMap((node) => (node.type === 'Declaration' ? [declarationOf(node)] : []));
}

/** CSS Nesting: "&" stands for the rule outside; without it the selector is one of descendants. */
function within(parents: readonly string[] | undefined, selector: string): string {
  const outer = `:is(${parents?.join(',') ?? ''})`;
  return selector.includes('&') ? selector.replaceAll('&', outer) : `${outer} ${selector}`;
}

function unreadable(text: string): SkippedIcon {
  return new SkippedIcon(`its style sheet cannot be read: "${shortened(text)}"`);
}

function shortened(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
