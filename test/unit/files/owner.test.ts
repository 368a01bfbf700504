import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isGone, isSame, thisProcess, type Owner } from '../../../src/files/owner';
import { livingProcess } from '../../support/living-process';

describe('the owner of a file', () => {
  it('is this process, and it is not gone', () => {
    const { host, pid, started } = thisProcess();
    expect(host).toMatch(/^[0-9a-f]{8}$/);
    expect(pid).toBe(process.pid);
    expect(started).toMatch(/^\d+$/);
    expect(isGone(thisProcess())).toBe(false);
    expect(isSame(thisProcess(), { host, pid, started })).toBe(true);
  });

  it('is another one when host, process id or start is another', () => {
    const self = thisProcess();
    for (const other of [{ host: '00000000' }, { pid: 1 }, { started: '1' }]) {
      expect(isSame(self, { ...self, ...other })).toBe(false);
    }
  });
});

describe('a process', () => {
  it('that lives is not gone, and is when it has ended', async () => {
    await using living = await livingProcess();
    expect(isGone(living.owner)).toBe(false);
    await living.end();
    expect(isGone(living.owner)).toBe(true);
  });

  it('of another host may live, whatever its number', async () => {
    await using living = await livingProcess();
    await living.end();
    expect(isGone({ ...living.owner, host: '00000000' })).toBe(false);
  });

  it.runIf(process.platform !== 'win32')('with a number that was used before is not the one that had it', async () => {
    await using living = await livingProcess();
    const before: Owner = { ...living.owner, started: '1' };
    expect(isGone(before)).toBe(true);
    expect(isGone({ ...before, started: '0' })).toBe(false);
  });

  it.runIf(process.platform === 'linux')('that has ended but was not yet buried is gone', async () => {
    // The shell starts a child that ends at once and becomes something that never asks after it.
    const parent: ChildProcess = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [text] = (await once(parent.stdout!, 'data')) as [Buffer];
      const owner: Owner = { host: thisProcess().host, pid: Number(text.toString()), started: '0' };
      await expect.poll(() => isGone(owner)).toBe(true);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
