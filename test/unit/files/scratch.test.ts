import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { thisProcess, type Owner } from '../../../src/files/owner';
import { makeScratch, sweepScratch } from '../../../src/files/scratch';
import { livingProcess } from '../../support/living-process';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(path.join(os.tmpdir(), 'fourstep-test-'));
});

const nameFor = ({ host, pid, started }: Owner): string => `.fourstep-${host}-${pid}-${started}-abcdef`;
const folderOf = (owner: Owner): string => {
  const folder = path.join(parent, nameFor(owner));
  mkdirSync(path.join(folder, 'deep'), { recursive: true });
  writeFileSync(path.join(folder, 'deep/picture.png'), 'x');
  return nameFor(owner);
};

describe('a scratch folder', () => {
  it('is made anew each time and named after this process', async () => {
    const [first, second] = [await makeScratch(parent), await makeScratch(parent)];
    const { host, pid, started } = thisProcess();
    expect(first).not.toBe(second);
    for (const folder of [first, second]) {
      expect(path.basename(folder).startsWith(`.fourstep-${host}-${pid}-${started}-`)).toBe(true);
    }
  });

  it('stays while its process lives and is swept, with what is in it, when the process is gone', async () => {
    await using living = await livingProcess();
    const [own, name] = [path.basename(await makeScratch(parent)), folderOf(living.owner)];
    await sweepScratch(parent);
    expect(readdirSync(parent).sort()).toEqual([own, name].sort());
    await living.end();
    await sweepScratch(parent);
    expect(readdirSync(parent)).toEqual([own]);
  });

  it('is nobody else’s folder, file or link', async () => {
    await using living = await livingProcess();
    await living.end();
    const { owner } = living;
    const elsewhere = mkdtempSync(path.join(os.tmpdir(), 'fourstep-test-'));
    writeFileSync(path.join(elsewhere, 'kept'), '');
    symlinkSync(elsewhere, path.join(parent, `${nameFor(owner)}L`), 'junction');
    writeFileSync(path.join(parent, `${nameFor(owner)}F`), '');
    folderOf({ ...owner, host: '00000000' });
    for (const name of ['.fourstep', '.fourstep-', '.fourstep-mine', `x${nameFor(owner)}`]) {
      mkdirSync(path.join(parent, name));
    }
    const before = readdirSync(parent);
    await sweepScratch(parent);
    expect(readdirSync(parent)).toEqual(before);
    expect(readdirSync(elsewhere)).toEqual(['kept']);
  });

  it('is looked for in vain where no folder is', async () => {
    await expect(sweepScratch(path.join(parent, 'none'))).resolves.toBeUndefined();
    await expect(makeScratch(path.join(parent, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
