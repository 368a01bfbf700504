import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { styleHome, workspaceAround } from '../../../src/catalog/workspace';

let root: string;
let deep: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'fourstep-workspace-'));
  deep = path.join(root, 'packages', 'site', 'icons');
  mkdirSync(deep, { recursive: true });
});
const make = (...names: string[]): void => {
  mkdirSync(path.join(root, ...names));
};

describe('the workspace around a folder', () => {
  it('is the folder itself, or what is said, where nothing marks one', async () => {
    expect(await workspaceAround(deep)).toBe(deep);
    expect(await workspaceAround(deep, root)).toBe(root);
  });

  it('is the repository, which its packages share', async () => {
    make('.git');
    writeFileSync(path.join(root, 'packages/site/package.json'), '{}');
    expect(await workspaceAround(deep)).toBe(root);
  });

  it('is the nearest package outside of a repository', async () => {
    for (const folder of ['.', 'packages/site']) writeFileSync(path.join(root, folder, 'package.json'), '{}');
    expect(await workspaceAround(deep, root)).toBe(path.join(root, 'packages/site'));
  });

  it('is the nearest folder that Fourstep keeps something in, but none above the repository', async () => {
    make('.fourstep');
    expect(await workspaceAround(deep)).toBe(root);
    make('packages', '.git');
    expect(await workspaceAround(deep)).toBe(path.join(root, 'packages'));
    make('packages', 'site', '.fourstep');
    expect(await workspaceAround(deep)).toBe(path.join(root, 'packages/site'));
  });
});

describe('where the editor makes a style', () => {
  it('is where a terminal makes it, also when only a part of the repository is open', async () => {
    make('.git');
    writeFileSync(path.join(root, 'packages/site/package.json'), '{}');
    for (const opened of [root, path.join(root, 'packages'), path.join(root, 'packages', 'site'), deep]) {
      expect(await styleHome(deep, [opened])).toBe(await workspaceAround(deep, opened));
      expect(await styleHome(deep, [opened])).toBe(root);
    }
    make('packages', 'site', '.fourstep');
    expect(await styleHome(deep, [root])).toBe(path.join(root, 'packages', 'site'));
  });

  it('is the opened folder outside of a repository, the inner one of two', async () => {
    const site = path.join(root, 'packages', 'site');
    expect(await styleHome(deep, [root])).toBe(root);
    expect(await styleHome(deep, [root, site])).toBe(site);
    expect(await styleHome(deep, [site, root])).toBe(site);
  });

  it('is that of the first open folder for icons from elsewhere, and nowhere without one', async () => {
    make('packages', '.git');
    const elsewhere = mkdtempSync(path.join(os.tmpdir(), 'fourstep-icons-'));
    expect(await styleHome(elsewhere, [path.join(root, 'packages', 'site'), root])).toBe(path.join(root, 'packages'));
    expect(await styleHome(elsewhere, [])).toBeUndefined();
  });
});
