import { readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { start } from '../../support/run-cli';
import { temporaryFolder, until } from '../../support/worker-harness';

const LONG = ['generate', 'star', '--seed', '1', '--count', '16', '--steps', '50'];

const scratchIn = (folder: string): string[] => readdirSync(folder).filter((name) => name.startsWith('.fourstep-'));

async function drawing(folder: string): ReturnType<typeof start> {
  const started = await start(LONG, folder);
  await until(() => started.stderr().includes('drawing'), 'it draws', 60_000);
  expect(scratchIn(folder)).toHaveLength(1);
  return started;
}

describe('the scratch folder of a generation', () => {
  it('is removed by the next run when the process was killed, and nobody else’s is', { timeout: 200_000 }, async () => {
    const folder = temporaryFolder();
    const { child, done } = await drawing(folder);
    child.kill('SIGKILL');
    await done;
    const others = ['.fourstep-00000000-1-1-abcdef', '.fourstep-mine'];
    for (const name of others) await mkdir(path.join(folder, name));
    const live = await drawn(folder);
    expect(live).toEqual([...others, 'star-1.png'].sort());
  });

  it('stays while its process draws, whatever another one sweeps', { timeout: 200_000 }, async () => {
    const folder = temporaryFolder();
    const { child, done } = await drawing(folder);
    const [scratch] = scratchIn(folder);
    const live = await drawn(folder);
    expect(live).toEqual([scratch, 'star-1.png']);
    child.kill('SIGKILL');
    await done;
  });

  it.runIf(process.platform === 'linux')(
    'is removed by the next run when terminal and worker were killed together',
    { timeout: 200_000 },
    async () => {
      const folder = temporaryFolder();
      const { child, done } = await drawing(folder);
      const workers = childrenOf(child.pid!);
      expect(workers).toHaveLength(1);
      for (const pid of [child.pid!, ...workers]) process.kill(pid, 'SIGKILL');
      await done;
      expect(await drawn(folder)).toEqual(['star-1.png']);
    },
  );

  function childrenOf(pid: number): number[] {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  }

  it.runIf(process.platform !== 'win32')('is removed when the terminal is closed', { timeout: 200_000 }, async () => {
    const folder = temporaryFolder();
    const { child, done } = await drawing(folder);
    child.kill('SIGHUP');
    await done;
    expect(scratchIn(folder)).toEqual([]);
  });

  async function drawn(folder: string): Promise<string[]> {
    const { done } = await start(['generate', 'star', '--seed', '1'], folder);
    expect((await done).code).toBe(0);
    return readdirSync(folder)
      .filter((name) => name !== 'cache')
      .sort();
  }
});
