import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { workspaceOf } from '../../../src/catalog/workspace';

let root: string;
let deep: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'fourstep-workspace-')));
  deep = path.join(root, 'packages', 'site', 'icons');
  mkdirSync(deep, { recursive: true });
});

describe('the workspace of a folder', () => {
  it('is the nearest project around it', async () => {
    mkdirSync(path.join(root, '.git'));
    expect(await workspaceOf(deep)).toBe(root);
    writeFileSync(path.join(root, 'packages', 'site', 'package.json'), '{}');
    expect(await workspaceOf(deep)).toBe(path.join(root, 'packages', 'site'));
  });

  it('is rather one that has styles already, although a package lies in between', async () => {
    writeFileSync(path.join(root, 'packages', 'site', 'package.json'), '{}');
    mkdirSync(path.join(root, '.fourstep'));
    expect(await workspaceOf(deep)).toBe(root);
  });
});
