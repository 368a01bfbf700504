import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TuneDraft } from '../../../src/cli/tune';
import type { TuneResult } from '../../../src/contract/tune-api';
import { writeFiles } from '../../support/icon-sets';
import { containing, matching } from '../../support/matching';
import { fourstep, start } from '../../support/run-cli';
import { filesUnder, tuneSetup } from '../../support/tuning';
import { isAlive, until } from '../../support/worker-harness';

/** A workspace with icons in assets/icons and a tiny model; styles belong into its root. */
let workspace: string;
let styles: string;
beforeEach(async () => {
  workspace = (await tuneSetup()).folder;
  writeFileSync(path.join(workspace, 'package.json'), '{}');
  styles = path.join(workspace, '.fourstep/styles');
});

const TUNE = ['tune', 'icons', '--name', 'House!', '--model', 'model'];
/** Steps of the tiny model take milliseconds, and nobody waits for all of them. */
const LONG = [...TUNE, '--steps', '100000', '--checkpoint-every', '5'];

describe('fourstep tune', () => {
  it('prints the folder of the style, which is in the workspace of the icons, and keeps progress off standard output', async () => {
    const { code, stdout, stderr } = await fourstep(
      [...TUNE, '--steps', '3', '--rank', '2', '--lr', '1e-4', '--seed', '5'],
      workspace,
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${path.join(styles, 'house')}\n` });
    expect(stderr).toMatch(/looking for icons\n[^]*training, gauge [\d.]+ at step 0\n[^]*Trained 3 steps; gauge/);
    expect(filesUnder(path.join(styles, 'house'))).toContain('style.json');
  });

  it('prints JSON', async () => {
    const { code, stdout } = await fourstep(
      [...TUNE, '--steps', '2', '--style-word', 'flat style', '--json'],
      workspace,
    );
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as TuneResult;
    expect(result).toMatchObject({ steps: 2, ended: 'finished', styleDir: path.join(styles, 'house') });
    expect(result.after.pictures.every(existsSync)).toBe(true);
  });

  it('--dry-run shows the set, captions, hold-out, left-out files, time and memory, and writes nothing', async () => {
    writeFiles(workspace, { 'icons/bad.svg': '<svg><script/></svg>', 'icons/shape-a-24.svg': 'no svg' });
    const before = filesUnder(workspace);
    const { code, stdout } = await fourstep([...TUNE, '--dry-run', '--steps', '40'], workspace);
    expect(code).toBe(0);
    for (const text of [
      path.join(styles, 'house'),
      'icons     10, drawn at 64×64; 1 held out for the gauge (*)',
      'shape-a.svg: shape a',
      'training  40 steps of 8 pictures, rank 8',
      'reckoned from one picture on this machine',
      'bad.svg: it holds a script',
    ]) {
      expect(stdout).toContain(text);
    }
    expect(filesUnder(workspace)).toEqual(before);
    const json = await fourstep([...TUNE, '--dry-run', '--json'], workspace);
    expect(JSON.parse(json.stdout) as TuneDraft).toMatchObject({
      styleDir: path.join(styles, 'house'),
      scan: { icons: { length: 10 } },
      plan: { measured: false },
    });
  });

  it('follows captions.jsonl', async () => {
    writeFiles(workspace, {
      'icons/captions.jsonl': '{"id":"shape-a.svg","caption":"red box"}\n{"id":"shape-b.svg","exclude":true}\n',
    });
    const { stdout } = await fourstep([...TUNE, '--dry-run'], workspace);
    expect(stdout).toContain('shape-a.svg: red box');
    expect(stdout).toContain('shape-b.svg: it is excluded by captions.jsonl');
  });
});

describe('fourstep tune and mistakes', () => {
  it.each([
    ['no name', ['tune', 'icons'], 2, "required option '--name"],
    ['a folder that is missing', ['tune', 'gone', '--name', 'a'], 1, 'does not exist'],
    [
      'a folder without icons',
      ['tune', 'empty', '--name', 'a'],
      1,
      'holds no icon that can be used; 0 files were left out',
    ],
    ['a folder with few icons', ['tune', 'few', '--name', 'a'], 2, 'a style needs at least 5'],
    ['a rate that is none', [...TUNE, '--lr', 'fast'], 2, 'Expected a number'],
    ['a rank out of its range', [...TUNE, '--rank', '99999'], 2, 'Expected a whole number from 1 to 1024'],
    ['nothing to resume', [...TUNE, '--resume'], 1, 'holds no unfinished training'],
    ['a model that is none', [...TUNE, '--model', 'icons'], 1, 'model_index.json'],
  ] as const)('%s', async (_what, args, code, message) => {
    mkdirSync(path.join(workspace, 'empty'));
    writeFiles(workspace, { 'few/a.svg': '<svg viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>' });
    expect(await fourstep(args, workspace)).toMatchObject({ code, stdout: '', stderr: containing(message) });
    expect(existsSync(styles)).toBe(false);
  });

  it('a style that is there is replaced only with --replace', async () => {
    await fourstep([...TUNE, '--steps', '1'], workspace);
    const refused = await fourstep([...TUNE, '--steps', '1'], workspace);
    expect(refused).toMatchObject({ code: 2, stderr: containing('exists in') });
    expect(refused.stderr).toContain('--replace');
    expect(await fourstep([...TUNE, '--steps', '1', '--replace'], workspace)).toMatchObject({ code: 0 });
  });
});

describe.skipIf(process.platform === 'win32')('Ctrl+C while it trains', () => {
  it('saves the training, says how to go on, and --resume does', async () => {
    const run = await start(LONG, workspace);
    await until(() => /gauge [\d.]+ at step 0/.test(run.stderr()), 'it trains', 60_000);
    run.child.kill('SIGINT');
    const { code, stdout, stderr } = await run.done;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(
      /is saved and can go on later\. Go on with: fourstep tune icons --name house --model model --resume\nStopped\.\n$/,
    );
    const blocked = await fourstep(TUNE, workspace);
    expect(blocked).toMatchObject({ code: 2, stderr: matching(/stopped at step \d+ of 100000\. Give --resume/) });
    const other = await fourstep([...TUNE, '--resume', '--rank', '4'], workspace);
    expect(other).toMatchObject({ code: 2, stderr: containing('only --steps may change (found rank)') });
    const unnamed = await fourstep(['tune', 'icons', '--name', 'house', '--resume'], workspace);
    expect(unnamed).toMatchObject({ code: 2, stderr: containing('Say with --model where its folder is') });
    // Fewer steps than were made: it ends at once with what was learned.
    const ended = await fourstep([...TUNE, '--resume', '--steps', '1'], workspace);
    expect(ended).toMatchObject({ code: 0, stdout: `${path.join(styles, 'house')}\n` });
    expect(existsSync(path.join(styles, 'house/style.json'))).toBe(true);
  });

  it('pressed twice stops at once, and leaves no process', async () => {
    const run = await start([...LONG, '--verbose'], workspace);
    await until(() => /gauge [\d.]+ at step 0/.test(run.stderr()), 'it trains', 60_000);
    const worker = Number(/started, process (\d+)/.exec(run.stderr())?.[1]);
    run.child.kill('SIGINT');
    run.child.kill('SIGTERM');
    expect(await run.done).toMatchObject({ code: 130, stdout: '' });
    expect(isAlive(worker)).toBe(false);
  });
});

describe.skipIf(process.platform === 'win32')('a training whose terminal goes away', () => {
  it('saves itself, like Ctrl+C', async () => {
    const run = await start(LONG, workspace);
    await until(() => /gauge [\d.]+ at step 0/.test(run.stderr()), 'it trains', 60_000);
    run.child.kill('SIGHUP');
    await run.done;
    expect(run.stderr()).toContain('is saved and can go on later');
    expect(await fourstep([...TUNE, '--resume', '--steps', '1'], workspace)).toMatchObject({ code: 0 });
  });
});
