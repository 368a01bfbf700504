/** Finding a piece of text again after edits; knows nothing of VS Code. */

/** Offset of the occurrence of `text` nearest to `offset`. A bare cursor stays where it was, as far as the text reaches. */
export function nearestOccurrence(content: string, text: string, offset: number): number | undefined {
  if (text === '') return Math.min(offset, content.length);
  const after = content.indexOf(text, offset);
  const before = content.lastIndexOf(text, offset);
  if (after < 0 || before < 0) return Math.max(after, before) < 0 ? undefined : Math.max(after, before);
  return after - offset <= offset - before ? after : before;
}
