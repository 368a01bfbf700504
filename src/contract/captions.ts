/** `captions.jsonl` in an icon folder: what its owner says about single icons, one JSON object a line, to be committed. */
import * as v from 'valibot';
import { problemOf } from './schema';

export const CAPTIONS_FILE = 'captions.jsonl';

const captionLine = v.object({
  /** The icon's name in its folder, with folders. */
  id: v.string(),
  caption: v.optional(v.string()),
  exclude: v.optional(v.boolean()),
});

export type Caption = Readonly<v.InferOutput<typeof captionLine>>;

/** A line as it stands, with what it says or why it cannot be used. */
export interface CaptionsLine {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  readonly says: Caption | { readonly problem: string };
}

/** Empty lines are passed over. */
export function captionsLines(text: string): CaptionsLine[] {
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ text: line, number: index + 1 }))
    .filter((line) => line.text.trim() !== '')
    .map((line) => ({ ...line, says: parseLine(line.text) }));
}

function parseLine(line: string): CaptionsLine['says'] {
  try {
    const result = v.safeParse(captionLine, JSON.parse(line));
    return result.success ? result.output : { problem: problemOf(result.issues, 'it') };
  } catch {
    return { problem: 'it is not JSON' };
  }
}

/** `text` with the lines of the changed icons replaced; a line that cannot be used stays as it is. */
export function withCaptions(text: string, changed: readonly Caption[]): string {
  const ids = new Set(changed.map(({ id }) => id));
  const kept = captionsLines(text).filter(({ says }) => !('id' in says && ids.has(says.id)));
  const lines = [...kept.map((line) => line.text), ...changed.map((caption) => JSON.stringify(caption))];
  return lines.map((line) => `${line}\n`).join('');
}
