/** Custom properties: `var(--a, fallback)`, inherited, with cycles found. CSS Custom Properties 1. */
import { SkippedIcon } from '../../domain/errors';
import type { Declarations } from './declaration';

/** Computed values by name; undefined for one that is defined and has no value, such as a part of a cycle. */
export type CustomProperties = ReadonlyMap<string, string | undefined>;

/** A few variables that name each other twice would stand for more text than any machine can hold. */
const MAX_LENGTH = 10_000;

export type Substituted =
  | { readonly value: string }
  /** `unknown`: a variable that the file does not define, because the page is meant to. */
  | { readonly invalid: 'unknown' | 'defined' };

/** `lookup` gives undefined for a variable without a value, null for one that nobody defines. */
function substitute(value: string, lookup: (name: string) => string | undefined | null): Substituted {
  let [result, rest] = ['', value];
  for (;;) {
    const call = /\b(var|env)\(/i.exec(rest);
    if (call === null) break;
    const end = closing(rest, call.index + call[0].length);
    const [name, fallback] = splitAtComma(rest.slice(call.index + call[0].length, end));
    const found = call[1]?.toLowerCase() === 'var' ? lookup(name.trim()) : null;
    const instead: Substituted | undefined =
      typeof found === 'string' ? { value: found } : fallback === undefined ? undefined : substitute(fallback, lookup);
    if (instead === undefined) return { invalid: found === null ? 'unknown' : 'defined' };
    if ('invalid' in instead) return instead;
    result += `${rest.slice(0, call.index)} ${instead.value} `;
    rest = rest.slice(end + 1);
    if (result.length > MAX_LENGTH) throw new SkippedIcon('its variables stand for more than can be read');
  }
  return { value: result === '' ? value : (result + rest).trim() };
}

export function withVariables(value: string, customs: CustomProperties): Substituted {
  return substitute(value, (name) => (customs.has(name) ? customs.get(name) : null));
}

/** Those of an element: its own over its parent's. */
export function customProperties(declared: Declarations, parent: CustomProperties): CustomProperties {
  const own = [...declared].filter(([name]) => name.startsWith('--'));
  if (own.length === 0) return parent;
  const values = new Map(own.map(([name, { value }]) => [name, value]));
  const computed = new Map<string, string | undefined>();
  const open = new Set<string>();
  const valueOf = (name: string): string | undefined | null => {
    const value = values.get(name);
    if (value === undefined || value === 'inherit') return parent.has(name) ? parent.get(name) : null;
    if (computed.has(name)) return computed.get(name);
    if (open.has(name) || value === 'initial') return undefined;
    open.add(name);
    const result = substitute(value, valueOf);
    open.delete(name);
    const known = 'value' in result ? result.value : undefined;
    computed.set(name, known);
    return known;
  };
  return new Map([...parent, ...own.map(([name]) => [name, valueOf(name) ?? undefined] as const)]);
}

/** The index of the bracket that closes what is open at `start`, or the end. */
function closing(text: string, start: number): number {
  let depth = 1;
  for (let i = start; i < text.length; i++) {
    if (text[i] === '(') depth++;
    if (text[i] === ')' && --depth === 0) return i;
  }
  return text.length;
}

function splitAtComma(text: string): [name: string, fallback: string | undefined] {
  const comma = text.indexOf(',');
  return comma < 0 ? [text, undefined] : [text.slice(0, comma), text.slice(comma + 1)];
}
