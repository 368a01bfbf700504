/** package.json and the code say the same. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS, GALLERY_VIEW, PANEL_TYPE, TUNE_PANEL_TYPE } from '../../../src/extension/command-ids';

const root = path.resolve(__dirname, '../../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
  };
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
};

describe('the manifest', () => {
  it('declares exactly the commands that are registered', () => {
    expect(manifest.contributes.commands.map(({ command }) => command).sort()).toEqual(Object.values(COMMANDS).sort());
  });

  it('declares the gallery view', () => {
    expect(
      Object.values(manifest.contributes.views)
        .flat()
        .map(({ id }) => id),
    ).toContain(GALLERY_VIEW);
  });

  it('starts the extension with the window, for the terminal command, and for pages that a reload brings back', () => {
    const pages = [PANEL_TYPE, TUNE_PANEL_TYPE].map((type) => `onWebviewPanel:${type}`);
    expect(manifest.activationEvents).toEqual(['onStartupFinished', ...pages]);
  });

  it('has a text for every placeholder, and no text that nothing uses', () => {
    const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
    const used = [...read('package.json').matchAll(/"%([\w.-]+)%"/g)].map(([, key]) => key);
    expect([...new Set(used)].sort()).toEqual(Object.keys(texts).sort());
  });

  it('restricts settings that could run or write something in an untrusted workspace', () => {
    expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations).toEqual(
      expect.arrayContaining(['fourstep.model', 'fourstep.worker.nodePath', 'fourstep.output.folder']),
    );
  });
});
