/** Words that textual inversion taught a model: vectors that stand in a prompt in place of a token's. */

/** A word and its vectors, one or more, for one text encoder. */
export interface EmbeddedWord {
  readonly trigger: string;
  readonly vectors: readonly Float32Array[];
}

/** Cuts a text into words of textual inversion and what is between them. */
export type WordFinder = (text: string) => readonly (string | EmbeddedWord)[];

/** A finder of these words, whatever their case; one that is made of letters is not found inside of a longer word. */
export function wordFinder(words: readonly EmbeddedWord[]): WordFinder {
  if (words.length === 0) return (text) => [text];
  // The longest first, so that a word that begins like another is found.
  const byLength = [...words].sort((a, b) => b.trigger.length - a.trigger.length);
  const byTrigger = new Map(byLength.map((word) => [word.trigger.toLowerCase(), word]));
  const pattern = new RegExp(byLength.map(({ trigger }) => bounded(trigger)).join('|'), 'giu');
  return (text) => {
    const parts: (string | EmbeddedWord)[] = [];
    let done = 0;
    for (const { 0: found, index } of text.matchAll(pattern)) {
      const word = byTrigger.get(found.toLowerCase());
      if (word === undefined) continue;
      if (index > done) parts.push(text.slice(done, index));
      parts.push(word);
      done = index + found.length;
    }
    if (done < text.length || parts.length === 0) parts.push(text.slice(done));
    return parts;
  };
}

const LETTER = '[\\p{L}\\p{N}_]';

function bounded(trigger: string): string {
  const escaped = trigger.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const before = /^[\p{L}\p{N}_]/u.test(trigger) ? `(?<!${LETTER})` : '';
  const after = /[\p{L}\p{N}_]$/u.test(trigger) ? `(?!${LETTER})` : '';
  return `${before}${escaped}${after}`;
}
