import { mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, lockOwner, releaseLock } from '../../../src/files/lock';
import { thisProcess, type Owner } from '../../../src/files/owner';
import { livingProcess } from '../../support/living-process';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'fourstep-test-'));
  file = path.join(folder, 'owner');
});

const write = (owner: Owner): void => {
  writeFileSync(file, JSON.stringify(owner));
};
const long = new Date(Date.now() - 60_000);

describe('a lock', () => {
  it('is made by who asks first, holds its owner, and goes when it is released', async () => {
    expect(await lockOwner(file)).toBeUndefined();
    expect(await acquireLock(file)).toBeUndefined();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(thisProcess());
    expect(await acquireLock(file)).toBeUndefined();
    expect(await lockOwner(file)).toEqual(thisProcess());
    await releaseLock(file);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of another process is its own while it lives, and passes on when it is gone', async () => {
    await using living = await livingProcess();
    write(living.owner);
    expect(await acquireLock(file)).toEqual(living.owner);
    await releaseLock(file);
    expect(await lockOwner(file)).toEqual(living.owner);
    await living.end();
    expect(await lockOwner(file)).toBeUndefined();
    expect(await acquireLock(file)).toBeUndefined();
    expect(await lockOwner(file)).toEqual(thisProcess());
    expect(readdirSync(folder)).toEqual(['owner']);
  });

  it('of another host is left alone, because its process cannot be asked', async () => {
    const other = { host: '00000000', pid: 1, started: '1' };
    write(other);
    expect(await acquireLock(file)).toEqual(other);
  });

  it.each(['', 'null', '[]', '{"pid":1}', '{"host":"a","pid":-1,"started":"1"}', '4711', '{', 'x'.repeat(5000)])(
    'that says nothing that can be used passes on: %.40s',
    async (text) => {
      writeFileSync(file, text);
      utimesSync(file, long, long);
      expect(await acquireLock(file)).toBeUndefined();
      expect(await lockOwner(file)).toEqual(thisProcess());
    },
  );

  it('that a process left while it took another over is taken over too', async () => {
    await using living = await livingProcess();
    await living.end();
    write(living.owner);
    const guard = `${file}.takeover.incomplete`;
    writeFileSync(guard, '');
    utimesSync(guard, long, long);
    expect(await acquireLock(file)).toBeUndefined();
    expect(readdirSync(folder)).toEqual(['owner']);
  });

  it('needs its folder', async () => {
    await expect(acquireLock(path.join(folder, 'none', 'owner'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
