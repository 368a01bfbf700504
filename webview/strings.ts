/** The page's texts, translated by the host and left in the body's data-strings attribute. */
import type { Strings } from '../src/contract/page-strings';

const strings = JSON.parse(document.body.dataset['strings'] ?? '{}') as Strings;

/** The text with {0}, {1} … filled in; the key itself when a text is missing. */
export function text(key: string, ...values: readonly (string | number)[]): string {
  return (strings[key] ?? key).replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)] ?? ''));
}
