import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { JobOutput } from '../../../src/worker/output';
import { containing } from '../../support/matching';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'fourstep-output-'));
});

describe('the files of a job', () => {
  it('carry the job’s name and appear whole', async () => {
    const output = await JobOutput.open(folder, 'job');
    const file = await output.write('0.png', Buffer.from('picture'));
    expect(readdirSync(folder)).toEqual(['job.0.png']);
    expect(readFileSync(file, 'utf8')).toBe('picture');
  });

  it('are all removed when the job fails, and nobody else’s', async () => {
    writeFileSync(path.join(folder, 'other.0.png'), '');
    const output = await JobOutput.open(folder, 'job');
    await output.write('preview-1-0.png', Buffer.from('a'));
    await output.write('0.png', Buffer.from('b'));
    await output.removeAll();
    expect(readdirSync(folder)).toEqual(['other.0.png']);
  });

  it('are removed even when they were still being written, and none follows', async () => {
    const output = await JobOutput.open(folder, 'job');
    const writes = Array.from({ length: 8 }, (_, i) => output.write(`preview-1-${i}.png`, Buffer.alloc(100_000)));
    await output.removeAll();
    await Promise.allSettled(writes);
    await expect(output.write('late.png', Buffer.from('b'))).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are removed at the end of the process too', async () => {
    const output = await JobOutput.open(folder, 'job');
    await output.write('0.png', Buffer.from('b'));
    output.removeAllNow();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('need a folder', async () => {
    const missing = path.join(folder, 'missing');
    await expect(JobOutput.open(missing, 'job')).rejects.toMatchObject({
      code: 'io',
      message: `Cannot write into the output folder ${missing}: it does not exist. Create it or choose another folder.`,
    });
  });

  it('need a folder, not a file', async () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    await expect(JobOutput.open(file, 'job')).rejects.toMatchObject({
      code: 'io',
      message: containing('is a file'),
    });
    await expect(JobOutput.open(path.join(file, 'sub'), 'job')).rejects.toMatchObject({ code: 'io' });
  });

  it('leave nothing half-written when the folder disappears', async () => {
    const output = await JobOutput.open(folder, 'job');
    rmSync(folder, { recursive: true });
    await expect(output.write('0.png', Buffer.from('b'))).rejects.toMatchObject({ code: 'io' });
    await output.removeAll();
  });

  it('leave nothing half-written when the name is taken by a folder', async () => {
    const output = await JobOutput.open(folder, 'job');
    mkdirSync(path.join(folder, 'job.0.png'));
    await expect(output.write('0.png', Buffer.from('b'))).rejects.toMatchObject({ code: 'io' });
    expect(readdirSync(folder)).toEqual(['job.0.png']);
  });
});
