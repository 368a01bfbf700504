/** vitest's matchers for parts of an object, with a type that strict lint accepts. */
import { expect } from 'vitest';

export function containing(text: string): unknown {
  return expect.stringContaining(text);
}

export function matching(pattern: RegExp | string): unknown {
  return expect.stringMatching(pattern);
}
