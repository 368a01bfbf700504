/** The extension inside a real extension host: registration, generation with the real worker, saving, undo, gallery. */
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import sharp from 'sharp';
import { COMMANDS } from '../../../src/extension/command-ids';
import type { TestApi } from '../../../src/extension/extension';
import type { VariantsPanel } from '../../../src/extension/generate/panel';
import { saveVariants } from '../../../src/extension/save/save';
import { readSettings } from '../../../src/extension/settings';

const EXTENSION = 'fourstep.fourstep';

async function api(): Promise<TestApi> {
  const extension = vscode.extensions.getExtension<TestApi | undefined>(EXTENSION);
  assert.ok(extension, `${EXTENSION} is not installed`);
  const tested = await extension.activate();
  assert.ok(tested, 'the extension knows that it is under test');
  return tested;
}

async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 50_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function workspace(): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'a folder is open');
  return folder.uri;
}

/** A document on disk with `text` selected. */
async function select(name: string, content: string, text: string): Promise<vscode.TextEditor> {
  const uri = vscode.Uri.joinPath(workspace(), name);
  await vscode.workspace.fs.writeFile(uri, Buffer.from(content));
  const document = await vscode.workspace.openTextDocument(uri);
  const editor = await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
  const start = document.positionAt(content.indexOf(text));
  editor.selection = new vscode.Selection(start, start.translate(0, text.length));
  return editor;
}

/** Runs the command and waits until the panel shows finished variants. */
async function generate(): Promise<VariantsPanel> {
  const { panels } = await api();
  await vscode.commands.executeCommand(COMMANDS.generate);
  return until('finished variants', () => {
    const panel = panels.current;
    if (panel?.state.phase === 'failed') throw new Error(`generation failed: ${panel.state.error ?? ''}`);
    return panel?.state.phase === 'done' ? panel : undefined;
  });
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    () => true,
    () => false,
  );
}

suite('Fourstep in the extension host', () => {
  teardown(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  test('registers every command of its list', async () => {
    await api();
    const registered = await vscode.commands.getCommands(true);
    for (const command of Object.values(COMMANDS)) assert.ok(registered.includes(command), command);
  });

  test('starts no worker before the first job', async () => {
    const { worker } = await api();
    assert.equal(worker.status.state, 'stopped');
  });

  test('has sane settings by default', () => {
    const { steps, count, format, metadata, device, model } = readSettings();
    assert.deepEqual(
      { steps, count, format, metadata, device, model },
      { steps: 0, count: 4, format: 'png', metadata: true, device: 'auto', model: '' },
    );
  });

  test('pulls settings that are out of range back into it', async () => {
    const section = vscode.workspace.getConfiguration('fourstep');
    await section.update('steps', 4000, vscode.ConfigurationTarget.Workspace);
    assert.equal(readSettings().steps, 50);
    await section.update('steps', undefined, vscode.ConfigurationTarget.Workspace);
  });

  test('makes four variants from the selection, with previews before', async () => {
    await select('generate.md', 'Draw a red apple, flat emoji here.\n', 'a red apple, flat emoji');
    const { state } = await generate();
    assert.equal(state.settings.prompt, 'a red apple, flat emoji');
    assert.equal(state.cards.length, 4);
    assert.equal(new Set(state.cards.map(({ uri }) => uri)).size, 4);
    assert.ok(state.cards.every(({ finished, uri }) => finished && uri?.includes('variants')));
  });

  test('draws with the clip skip of the settings, and keeps it in the recipe', async () => {
    const section = vscode.workspace.getConfiguration('fourstep');
    await section.update('clipSkip', 1, vscode.ConfigurationTarget.Workspace);
    try {
      await select('clip-skip.md', 'a red kite\n', 'a red kite');
      const panel = await generate();
      assert.equal(panel.state.settings.clipSkip, 1);
      assert.deepEqual(
        panel.saveRequest([0, 1]).variants.map(({ recipe }) => recipe.clipSkip),
        [1, 1],
      );
    } finally {
      await section.update('clipSkip', undefined, vscode.ConfigurationTarget.Workspace);
    }
  });

  test('saves chosen variants with a reference, and one undo takes both back', async () => {
    const content = 'Draw a red apple, flat emoji here.\n';
    const editor = await select('save.md', content, 'a red apple, flat emoji');
    const panel = await generate();
    const saved = await panel.save([0, 2]);
    const files = [...saved.values()].map((name) => vscode.Uri.joinPath(workspace(), name));
    assert.equal(files.length, 2);
    for (const file of files) {
      const { width, height, hasAlpha, format } = await sharp(file.fsPath).metadata();
      assert.deepEqual({ width, height, hasAlpha, format }, { width: 64, height: 64, hasAlpha: true, format: 'png' });
    }
    assert.match(
      editor.document.getText(),
      /^Draw !\[a red apple, flat emoji\]\([^)]+\.png\)\n!\[a red apple, flat emoji\]\([^)]+\.png\) here\.\n$/,
    );

    await vscode.window.showTextDocument(editor.document, vscode.ViewColumn.One);
    await vscode.commands.executeCommand('undo');
    await until('the text as it was', () => (editor.document.getText() === content ? true : undefined));
    await until('the files to be gone', async () =>
      (await Promise.all(files.map(exists))).some(Boolean) ? undefined : true,
    );
  });

  test('never overwrites: the same prompt again gets other names', async () => {
    await select('twice.md', 'a green star icon\n', 'a green star icon');
    const first = await (await generate()).save([0]);
    await select('twice-again.md', 'a green star icon\n', 'a green star icon');
    const second = await (await generate()).save([0]);
    assert.notDeepEqual([...first.values()], [...second.values()]);
    for (const name of [...first.values(), ...second.values()])
      assert.ok(await exists(vscode.Uri.joinPath(workspace(), name)), name);
  });

  test('writes an img element into HTML', async () => {
    const editor = await select('page.html', '<p>a blue house</p>\n', 'a blue house');
    await (await generate()).save([1]);
    assert.match(editor.document.getText(), /<p><img src="[^"]+\.png" alt="a blue house" width="64" height="64"><\/p>/);
  });

  test('lists saved pictures in the gallery, found by the recipe in the file', async () => {
    await select('gallery.md', 'a yellow key icon\n', 'a yellow key icon');
    const [name] = [...(await (await generate()).save([3])).values()];
    const { gallery } = await api();
    const found = await gallery.pictures.find();
    const picture = found.find(({ path: shown }) => shown === name);
    assert.equal(picture?.prompt, 'a yellow key icon');
  });

  test('refuses an output folder outside the workspace with nothing written', async () => {
    const section = vscode.workspace.getConfiguration('fourstep');
    await section.update('output.folder', '../outside', vscode.ConfigurationTarget.Workspace);
    try {
      await select('outside.md', 'a purple gem\n', 'a purple gem');
      const panel = await generate();
      await assert.rejects(saveVariants(panel.saveRequest([0])), /leads out of the workspace/);
      const outside = path.resolve(workspace().fsPath, '../outside');
      await assert.rejects(fs.stat(outside), { code: 'ENOENT' });
    } finally {
      await section.update('output.folder', undefined, vscode.ConfigurationTarget.Workspace);
    }
  });

  test('says why when the worker dies in the middle, and works again', async () => {
    const { panels, worker } = await api();
    await select('killed.md', 'a brown bear\n', 'a brown bear');
    await generate();
    const pid = worker.status.pid;
    assert.ok(pid !== undefined);
    const section = vscode.workspace.getConfiguration('fourstep');
    await section.update('steps', 50, vscode.ConfigurationTarget.Workspace);
    await select('killed-again.md', 'a white bear\n', 'a white bear');
    const running = vscode.commands.executeCommand(COMMANDS.generate);
    await until('the first steps', () =>
      (panels.current?.state.step ?? 0) > 0 && panels.current?.busy === true ? true : undefined,
    );
    process.kill(pid, 'SIGKILL');
    await running;
    assert.equal(panels.current?.state.phase, 'failed');
    assert.match(panels.current.state.error ?? '', /killed|memory/i);
    await section.update('steps', undefined, vscode.ConfigurationTarget.Workspace);
    await select('recovered.md', 'a black bear\n', 'a black bear');
    assert.equal((await generate()).state.cards.length, 4);
  });
});
