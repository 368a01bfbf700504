import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { keep, withScratch } from '../../../src/cli/results';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'fourstep-keep-'));
});

describe('keeping a finished picture', () => {
  it('moves it to the first free name and overwrites nothing', async () => {
    writeFileSync(path.join(folder, 'rocket.png'), 'old');
    mkdirSync(path.join(folder, 'rocket-2.png'));
    const kept = await withScratch(folder, async (scratch) => {
      const file = path.join(scratch, 'x.0.png');
      writeFileSync(file, 'new');
      return keep(file, folder, 'rocket');
    });
    expect(kept).toBe(path.join(folder, 'rocket-3.png'));
    expect(readFileSync(kept, 'utf8')).toBe('new');
    expect(readFileSync(path.join(folder, 'rocket.png'), 'utf8')).toBe('old');
    expect(readdirSync(folder).sort()).toEqual(['rocket-2.png', 'rocket-3.png', 'rocket.png']);
  });

  it('makes a missing folder and leaves no scratch behind, also after a failure', async () => {
    const missing = path.join(folder, 'a/b');
    await expect(withScratch(missing, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readdirSync(missing)).toEqual([]);
  });

  it('refuses a folder that is a file', async () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    await expect(withScratch(file, () => Promise.resolve())).rejects.toMatchObject({ code: 'io' });
  });
});
