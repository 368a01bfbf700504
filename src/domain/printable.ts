/**
 * Text of strangers made fit to be shown: prompts, file names and what files say of themselves are data, and a terminal or page must
 * not obey them, nor show them in another order than they are in.
 */

/**
 * Joiners that belong to what they join: emoji of several parts, emoji presentation, and Persian and Arabic words. Everything else that
 * is a control character, is invisible or turns the text round (Unicode classes Cc, Cf, Zl, Zp, Cs, and what is ignored by default).
 */
const KEPT =
  '(?<=\\p{Extended_Pictographic}(?:\\uFE0F|\\p{Emoji_Modifier})?)\\u200D(?=\\p{Extended_Pictographic})' +
  '|(?<=\\p{Emoji})[\\uFE0E\\uFE0F]' +
  '|(?<=\\p{Script=Arabic})\\u200C(?=\\p{Script=Arabic})';
const UNPRINTABLE = '[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}\\p{Default_Ignorable_Code_Point}]';

const ONE_LINE = new RegExp(`(${KEPT})|${UNPRINTABLE}`, 'gu');
const LINES = new RegExp(`(${KEPT})|\\r?\\n|${UNPRINTABLE}`, 'gu');
const IN_JSON = new RegExp(`(?!\\n)${UNPRINTABLE}`, 'gu');

/** On one line, without blanks at its ends: every run of what cannot be shown becomes one space. */
export function printable(text: string): string {
  return text
    .replace(ONE_LINE, (_found, kept: string | undefined) => kept ?? '\u0000')
    .replace(/\0+/g, ' ')
    .trim();
}

/** The lines stay lines; what cannot be shown becomes a space each, so that columns stay where they are. */
export function printableLines(text: string): string {
  return text.replace(LINES, (found, kept: string | undefined) => kept ?? (found.endsWith('\n') ? '\n' : ' '));
}

/** JSON with the same values, in which everything that cannot be shown is an escape. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(IN_JSON, escaped);
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
