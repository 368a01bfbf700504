import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RecipeReport } from '../../../src/cli/picture';
import { fourstep } from '../../support/run-cli';
import { temporaryFolder } from '../../support/worker-harness';
import { pngWithText } from '../../support/png-text';

/** Escape, one-byte CSI, bell, right-to-left override, isolate and a zero-width space. */
const HOSTILE = /(?!\n)[\p{Cc}\p{Cf}]/u;
const hostile = 'cat\u001b]0;owned\u0007 \u009b31m \u202egpj.exe\u2066 \u200b';

describe('text of strangers', () => {
  it('in another tool’s parameters is printed without what a terminal would obey', async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'a.png'), pngWithText('parameters', `${hostile}\nSteps: 20`));
    const { code, stdout, stderr } = await fourstep(['recipe', 'a.png'], folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toMatch(HOSTILE);
    expect(stdout).toContain('cat ]0;owned');
    expect(stdout).toContain('\nSteps: 20');
    const json = await fourstep(['recipe', 'a.png', '--json'], folder);
    expect(json.stdout).not.toMatch(HOSTILE);
    expect((JSON.parse(json.stdout) as RecipeReport).parameters).toContain('\u001b]0;owned\u0007');
  });

  it.each([
    ['an argument', ['recipe', `no${hostile}.png`]],
    ['an option’s value', ['generate', 'a', '--steps', hostile]],
    ['an option that does not exist', [`--${hostile}`]],
    ['a command that does not exist', [hostile]],
    ['a style’s name', ['generate', 'a', '--style', hostile]],
    ['a model’s name', ['inspect', hostile]],
  ])('in %s is not repeated as it is, also not as JSON', async (_what, args) => {
    for (const more of [[], ['--json']]) {
      const { code, stdout, stderr } = await fourstep([...args, ...more]);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/./);
      expect(stdout + stderr).not.toMatch(HOSTILE);
    }
  });

  it('in the names of a folder’s files is not repeated as it is', async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, 'icons'));
    writeFileSync(path.join(folder, 'icons', 'a\u001b[2J\u202e.svg'), '<svg><script/></svg>');
    const { stderr } = await fourstep(['tune', 'icons', '--name', 'a', '--dry-run'], folder);
    expect(stderr).toContain('it holds a script');
    expect(stderr).not.toMatch(HOSTILE);
  });
});
