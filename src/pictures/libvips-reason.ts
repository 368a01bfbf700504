/** What libvips says about a file, as one readable line. */
import { messageOf } from '../domain/errors';

/** libvips reports every layer on its own line, some of them many times. */
export function reasonOf(error: unknown): string {
  const lines = messageOf(error)
    .split('\n')
    .map((line) =>
      line
        .replace('source: bad seek to', '')
        .trim()
        .replace(/(?<![:.\s\d])[:.\s\d]+$/, ''),
    )
    .filter((line) => line !== '');
  return [...new Set(lines)].join('; ');
}
