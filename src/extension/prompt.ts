/** From selected text to a prompt; knows nothing of VS Code. */

/** Models read 77 tokens; this is far beyond and keeps a whole selected file out of the panel. */
export const MAX_PROMPT_LENGTH = 2000;

/** A selection is looked at so far, with its markup: many times what a prompt can hold. */
const MAX_SELECTION_LENGTH = 20_000;

export interface Prompt {
  readonly text: string;
  /** The selection was longer than a prompt can be. */
  readonly cut: boolean;
}

/** The words in a selection: alt text of a picture reference if that is what was selected, else the text without markup and comment signs. */
export function promptFrom(selected: string): Prompt {
  const selection = selected.slice(0, MAX_SELECTION_LENGTH);
  const clean = (altText(selection) ?? withoutMarkup(selection)).replace(/\s+/g, ' ').trim();
  return {
    text: clean.slice(0, MAX_PROMPT_LENGTH).trim(),
    cut: selected.length > selection.length || clean.length > MAX_PROMPT_LENGTH,
  };
}

/** What was selected is one picture reference: its alt text describes the picture that is wanted. */
function altText(selection: string): string | undefined {
  const markdown = /^\s*!\[([^\]]+)\]\([^)]*\)\s*$/.exec(selection)?.[1];
  if (markdown !== undefined) return markdown;
  const tag = /^\s*<img\b[^>]*>\s*$/i.exec(selection)?.[0];
  return tag === undefined
    ? undefined
    : /\balt\s*=\s*(?:"([^"]+)"|'([^']+)'|\{["'`]([^"'`]+)["'`]\})/i.exec(tag)?.slice(1).find(Boolean);
}

function withoutMarkup(text: string): string {
  return text
    .replace(/<!--|-->/g, ' ')
    .replace(/<[a-z/!][^<>]{0,2000}>/gi, ' ')
    .replace(/!?\[([^\]]{0,2000})\]\([^)]{0,2000}\)/g, '$1')
    .replace(/^[ \t]*(?:\/\/+|\/\*+|\*+\/|\*(?=\s)|#+(?=\s)|>+|[-+](?=\s)|\d+\.(?=\s)|--(?=\s))/gm, ' ')
    .replace(/\*\//g, ' ')
    .replace(/([*_`~]{1,3})(?=\S)([^*_`~]*\S)\1/g, '$2')
    .replace(/^\s*["'`](.*)["'`][,;]?\s*$/s, '$1');
}
