import { mkdirSync, mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { workspaceAround } from '../../../src/catalog/workspace';

it('The workspace around a folder is the nearest one upwards that Fourstep keeps something in', async () => {
  const root = mkdtempSync(path.join(os.tmpdir(), 'fourstep-workspace-'));
  const deep = path.join(root, 'packages', 'site', 'icons');
  mkdirSync(deep, { recursive: true });
  expect(await workspaceAround(deep)).toBe(deep);
  mkdirSync(path.join(root, '.fourstep'));
  expect(await workspaceAround(deep)).toBe(root);
  mkdirSync(path.join(root, 'packages', '.fourstep'));
  expect(await workspaceAround(deep)).toBe(path.join(root, 'packages'));
});
