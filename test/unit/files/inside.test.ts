import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkInside, type LinkRule } from '../../../src/files/inside';
import { assetsFolder, configuredFolder } from '../../../src/extension/save/assets-folder';
import { containing } from '../../support/matching';

let root: string;
let outside: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'fourstep-test-'));
  outside = mkdtempSync(path.join(os.tmpdir(), 'fourstep-test-'));
  mkdirSync(path.join(root, 'docs'));
  symlinkSync(outside, path.join(root, 'docs/images'), 'junction');
  symlinkSync(path.join(root, 'docs'), path.join(root, 'near'), 'junction');
  symlinkSync(path.join(outside, 'gone'), path.join(root, 'nowhere'), 'junction');
});

const check = (target: string, rule: LinkRule): Promise<void> => checkInside(root, path.join(root, target), rule);

describe('a place in a workspace', () => {
  it.each(['docs', 'docs/new/deep', 'a', ''])('that has no link on its way is fine: "%s"', async (target) => {
    await check(target, 'none');
    await check(target, 'inside');
  });

  it.each(['docs/images', 'docs/images/icon.png', 'near/images/new', 'nowhere', 'nowhere/new'])(
    'that leads out is refused: %s',
    async (target) => {
      for (const rule of ['none', 'inside'] as const) {
        await expect(check(target, rule)).rejects.toMatchObject({
          code: 'bad-request',
          message: containing('is a link'),
        });
      }
    },
  );

  it('says where the link is and where it leads', async () => {
    const place = path.join(root, 'docs/images');
    await expect(check('docs/images/a/b.png', 'inside')).rejects.toThrow(`${place} is a link to ${outside}`);
  });

  it('behind a link to another folder of the workspace is fine only where links may be', async () => {
    await check('near/new', 'inside');
    await expect(check('near/new', 'none')).rejects.toThrow('is a link');
  });

  it('that lies elsewhere by its name is refused', async () => {
    await expect(checkInside(root, outside, 'inside')).rejects.toThrow('is not in');
    await expect(check('../x', 'none')).rejects.toThrow('is not in');
  });

  it('may be in a workspace that is reached through a link', async () => {
    const alias = path.join(outside, 'workspace');
    symlinkSync(root, alias, 'junction');
    await checkInside(alias, path.join(alias, 'docs/new'), 'none');
    await checkInside(alias, path.join(alias, 'near/new'), 'inside');
  });
});

describe('the folder that pictures are saved into', () => {
  const nothing = (): Promise<readonly string[]> => Promise.resolve([]);

  it('is not the linked images folder beside a document, nor a linked one that a setting names', async () => {
    const chosen = await assetsFolder(root, path.join(root, 'docs'), nothing);
    expect(chosen).toBe(path.join(root, 'docs/images'));
    await expect(checkInside(root, chosen, 'inside')).rejects.toThrow('is a link');
    const configured = configuredFolder(root, 'docs/images')!;
    await expect(checkInside(root, configured, 'inside')).rejects.toThrow('is a link');
  });
});
