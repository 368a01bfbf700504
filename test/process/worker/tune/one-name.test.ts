import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isGone, thisProcess } from '../../../../src/files/owner';
import { UserError } from '../../../../src/domain/errors';
import { matching } from '../../../support/matching';
import { filesUnder, tuneSetup, type TuneSetup } from '../../../support/tuning';
import { startClient } from '../../../support/worker-harness';

const FILES = ['lora.safetensors', 'samples/1-after.png', 'samples/1-before.png', 'style.json'];

async function train({ params }: TuneSetup): Promise<unknown> {
  const { client } = await startClient();
  try {
    return await client.request('tune', params());
  } finally {
    await client.dispose();
  }
}

function leaveLock({ params }: TuneSetup, owner: object): string {
  const folder = path.join(params().goal.styleDir, 'training');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'owner');
  writeFileSync(file, JSON.stringify(owner));
  return file;
}

describe('a style of one name', () => {
  it('is trained by exactly one of three workers that start at once, and the others are told so', async () => {
    const setup = await tuneSetup();
    const ends = await Promise.allSettled([train(setup), train(setup), train(setup)]);
    const reasons = ends.flatMap((end): unknown[] => (end.status === 'rejected' ? [end.reason] : []));
    expect(reasons).toHaveLength(2);
    for (const reason of reasons) {
      expect(reason).toBeInstanceOf(UserError);
      expect(reason).toMatchObject({ code: 'bad-request', message: matching(/style "house" (already|exists)/) });
    }
    expect(filesUnder(setup.params().goal.styleDir)).toEqual(FILES);
  });

  it('is trained in spite of the lock of a process that is gone, or whose number another one has', async () => {
    const setup = await tuneSetup();
    leaveLock(setup, { ...thisProcess(), started: '1' });
    await expect(train(setup)).resolves.toMatchObject({ ended: 'finished' });
    const other = await tuneSetup();
    leaveLock(other, { ...thisProcess(), pid: 2 ** 30 });
    await expect(train(other)).resolves.toMatchObject({ ended: 'finished' });
  });

  it('is not trained while a live process, or one of another host, has the lock', async () => {
    const setup = await tuneSetup();
    for (const owner of [thisProcess(), { host: '00000000', pid: 2 ** 30, started: '1' }]) {
      const file = leaveLock(setup, owner);
      await expect(train(setup)).rejects.toMatchObject({ message: matching(/is training the style "house" already/) });
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(owner);
    }
    expect(isGone({ host: '00000000', pid: 2 ** 30, started: '1' })).toBe(false);
  });
});
