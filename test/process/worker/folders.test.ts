import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkerClient } from '../../../src/host/worker-client';
import { filesIn, job, LONG, startClient, temporaryFolder } from '../../support/worker-harness';
import { containing, matching } from '../../support/matching';

let client: WorkerClient;
beforeAll(async () => {
  ({ client } = await startClient());
});
afterAll(() => client.dispose());

async function expectIoError(outputDir: string, text: string | RegExp, changes: object = {}): Promise<void> {
  await expect(client.request('generate', job(outputDir, changes))).rejects.toMatchObject({
    code: 'io',
    message: matching(text),
  });
}

describe('an output folder that cannot be used is refused before anything is computed', () => {
  it('because it is missing', async () => {
    await expectIoError(
      path.join(temporaryFolder(), 'missing'),
      'it does not exist. Create it or choose another folder',
    );
  });

  it('because it is a file', async () => {
    const file = path.join(temporaryFolder(), 'file');
    writeFileSync(file, 'content');
    await expectIoError(file, 'is a file. Choose a folder');
  });

  it.skipIf(process.platform !== 'linux')(
    'because nothing can be written there (/proc, which refuses root too)',
    async () => {
      await expectIoError('/proc', 'Cannot write into the output folder /proc');
    },
  );
});

/** A small file system of its own; false where this user may not mount one. */
function mountTmpfs(folder: string, options: string): boolean {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const small = path.join(temporaryFolder(), 'small');
const canMount = process.platform === 'linux' && mountTmpfs(small, 'size=32k');

describe.skipIf(!canMount)('on a file system of 32 KB (needs the right to mount)', () => {
  afterAll(() => {
    execFileSync('umount', [small]);
  });

  it('a full disk is told as such, and what was written before is removed', async () => {
    await expectIoError(small, 'the disk is full. Free some space and try again', { count: 16, previews: true });
    expect(filesIn(small)).toEqual([]);
    await expect(client.request('generate', job(small))).resolves.toMatchObject({ device: 'cpu' });
  });

  it('a read-only disk is told before anything is computed', async () => {
    execFileSync('mount', ['-o', 'remount,ro', small]);
    try {
      await expectIoError(small, 'the disk is read-only. Choose another folder');
    } finally {
      execFileSync('mount', ['-o', 'remount,rw', small]);
    }
  });
});

describe('an output folder that disappears during the job', () => {
  it('fails the job with the reason, and the next one works', async () => {
    const folder = path.join(temporaryFolder(), 'out');
    mkdirSync(folder);
    const onProgress = ({ step }: { step?: number }): void => {
      if (step === 1) rmSync(folder, { recursive: true, force: true });
    };
    const call = client.request('generate', job(folder, LONG), { onProgress });
    await expect(call).rejects.toMatchObject({ code: 'io', message: containing('it does not exist') });
    await expect(client.request('generate', job(temporaryFolder()))).resolves.toMatchObject({ device: 'cpu' });
  });
});

describe('two workers with the same output folder', () => {
  it('do not touch each other’s files', async () => {
    const { client: other } = await startClient();
    const folder = temporaryFolder();
    const both = await Promise.all([client, other].map((each) => each.request('generate', job(folder, { count: 4 }))));
    const paths = both.flatMap(({ variants }) => variants.map((variant) => variant.path));
    expect(new Set(paths).size).toBe(8);
    expect(filesIn(folder)).toEqual(paths.map((file) => path.basename(file)).sort());
    for (const file of paths) {
      await expect(client.request('recipe', { path: file })).resolves.toHaveProperty('recipe');
    }
    await other.dispose();
  });
});
