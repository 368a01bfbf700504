/** scripts/rooms.cjs is the only list of what may import what; the TypeScript projects follow it. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { projects, text } from '../../scripts/write-rooms.mjs';

test.each(Object.entries(projects()))(
  '%s says what scripts/rooms.cjs says (npm run rooms writes it)',
  async (file, wanted) => {
    expect(await readFile(file, 'utf8')).toBe(await text(file, wanted));
  },
);
