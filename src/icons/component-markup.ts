/** Inline `<svg>` of a component (JSX, Vue, Svelte) as plain SVG text, where it does not depend on code. */
import { SkippedIcon } from '../domain/errors';
import { attributeText, type AttributeContext } from './component-attributes';

/** `<svg …>…</svg>` from `start` on, as XML. Throws SkippedIcon naming what depends on code. */
export function staticMarkup(source: string, start: number): string {
  return new MarkupReader(source, start).read();
}

/** Titles and descriptions are short. */
const MOST_OF_A_BLOCK = 4096;
/** What braces do not count in: how it begins, and all of it. */
const QUOTED = new Map([
  ['"', /"(?:[^"\\]|\\.)*"/y],
  ["'", /'(?:[^'\\]|\\.)*'/y],
  ['`', /`(?:[^`\\]|\\.)*`/y],
  ['/*', /\/\*[^]*?\*\//y],
]);

class MarkupReader {
  #at: number;
  #depth = 0;
  readonly #endless = new Set<string>();

  constructor(
    private readonly source: string,
    start: number,
  ) {
    this.#at = start;
  }

  read(): string {
    let xml = '';
    do {
      const next = this.source.slice(this.#at).search(/[<{]/);
      if (next < 0) throw new SkippedIcon('its <svg> has no end');
      this.#at += next;
      if (this.source[this.#at] === '{') this.#dropExpression();
      else xml += this.#tag();
    } while (this.#depth > 0);
    return xml;
  }

  #tag(): string {
    if (this.#take(/<!--[^]*?-->/y) !== undefined || this.#take(/<\/?>/y) !== undefined) return '';
    const closed = this.#take(/<\/([\w.:-]+)\s*>/y);
    if (closed !== undefined) {
      this.#depth--;
      return `</${closed[1] ?? ''}>`;
    }
    const name = this.#take(/<([\w.:-]+)/y)?.[1];
    if (name === undefined) throw new SkippedIcon('its markup cannot be read');
    if (/^[A-Z]|\./.test(name)) throw new SkippedIcon(`its drawing depends on the component <${name}>`);
    const attributes = this.#attributes(name);
    const isEmpty = this.#take(/\s*\/>/y) !== undefined;
    if (!isEmpty && this.#take(/\s*>/y) === undefined) throw new SkippedIcon(`its <${name}> cannot be read`);
    if (!isEmpty) this.#depth++;
    return `<${name}${attributes}${isEmpty ? '/' : ''}>`;
  }

  #attributes(element: string): string {
    const context: AttributeContext = { element, isRoot: this.#depth === 0, source: this.source };
    const parts = new Map<string, string>();
    for (;;) {
      if (this.#take(/\s*(?=\{)/y) !== undefined) {
        // {...props} and {shorthand}
        this.#expression();
        continue;
      }
      const name = this.#take(/\s+([^\s=>/{"']+)/y)?.[1];
      if (name === undefined) break;
      const [attribute, value] = attributeText(name, this.#value(), context) ?? [];
      if (attribute !== undefined && value !== undefined) parts.set(attribute, value);
    }
    return [...parts].map(([name, value]) => ` ${name}="${value}"`).join('');
  }

  #value(): { readonly text: string } | { readonly code: string } | undefined {
    if (this.#take(/\s*=\s*/y) === undefined) return undefined;
    const quoted = this.#take(/"([^"]*)"|'([^']*)'/y);
    if (quoted !== undefined) return { text: quoted[1] ?? quoted[2] ?? '' };
    if (this.source[this.#at] === '{') return { code: this.#expression() };
    throw new SkippedIcon('its markup cannot be read');
  }

  /** Comments and titles draw nothing; anything else between the tags might. */
  #dropExpression(): void {
    if (this.#take(/(?=\{\s*#)/y) !== undefined) {
      this.#dropBlock();
      return;
    }
    const code = this.#expression();
    if (code.length > MOST_OF_A_BLOCK || !drawsNothing(code)) {
      throw new SkippedIcon(`its drawing depends on code: {${shortened(code)}}`);
    }
  }

  /** Svelte's {#if …} … {/if}, where nothing in it draws. */
  #dropBlock(): void {
    const start = this.#at;
    const begin = this.#expression().trim();
    const [, kind = ''] = /^#(\w+)/.exec(begin) ?? [];
    const end = this.source.indexOf(`{/${kind}}`, this.#at);
    const inside = end < 0 ? '' : this.source.slice(this.#at, end);
    if (end < 0 || inside.length > MOST_OF_A_BLOCK || !isEmptyBlock(inside)) {
      const shown = this.source.slice(start, start + begin.length + 2);
      throw new SkippedIcon(`its drawing depends on code: ${shortened(shown)}`);
    }
    this.#at = end + kind.length + 3;
  }

  /** From "{" to its "}"; returns what is between them. */
  #expression(): string {
    const begin = this.#at;
    let open = 0;
    for (;;) {
      const token = this.#take(/["'`{}]|\/\*|[^"'`{}/]+|[^]/y)?.[0];
      if (token === undefined) throw new SkippedIcon('its markup cannot be read');
      if (token === '{') open++;
      if (token === '}' && --open === 0) return this.source.slice(begin + 1, this.#at - 1);
      this.#skipQuoted(token);
    }
  }

  /** Where a quotation mark is an apostrophe and nothing closes it, nothing closes those behind it: the rest is looked through once. */
  #skipQuoted(mark: string): void {
    const whole = QUOTED.get(mark);
    if (whole === undefined || this.#endless.has(mark)) return;
    this.#at -= mark.length;
    if (this.#take(whole) !== undefined) return;
    this.#at += mark.length;
    this.#endless.add(mark);
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.source);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }
}

/** An expression of nothing but a comment, a title or a description. */
function drawsNothing(expression: string): boolean {
  const code = expression.replace(/\/\*[^]*?\*\//g, '').replace(/<(title|desc)\b[^]*?<\/\1>/g, '');
  return code.trim() === '' || (!code.includes('<') && /title|desc|label/i.test(code));
}

function isEmptyBlock(inside: string): boolean {
  const rest = inside
    .replace(/<(title|desc)\b[^]*?<\/\1\s*>/g, '')
    .replace(/<!--[^]*?-->/g, '')
    .replace(/\{:else[^{}]*\}/g, '');
  return rest.trim() === '';
}

function shortened(code: string): string {
  const line = code.trim().replace(/\s+/g, ' ');
  return line.length > 40 ? `${line.slice(0, 40)}…` : line;
}
