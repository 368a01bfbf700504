/** Runs inside the extension host instead of a test suite: activation time, and the longest gap of the event loop during a job. */
import { writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/extension';

const JOBS = 5;

/** Largest time between two turns of the event loop, in milliseconds, while `work` runs. */
async function longestGap(work: () => Promise<void>): Promise<number> {
  let [last, longest] = [performance.now(), 0];
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  await work();
  clearInterval(timer);
  return longest;
}

async function generate(api: ExtensionApi): Promise<void> {
  await vscode.commands.executeCommand('fourstep.generate');
  if (api.panels.current?.state.phase !== 'done')
    throw new Error(`the job ended as ${api.panels.current?.state.phase ?? 'nothing'}`);
}

export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension<ExtensionApi>('fourstep.fourstep');
  if (extension === undefined) throw new Error('the extension is not installed');
  const started = performance.now();
  const api = await extension.activate();
  const activation = performance.now() - started;
  const document = await vscode.workspace.openTextDocument({
    content: 'a paper plane icon, flat, blue',
    language: 'markdown',
  });
  const editor = await vscode.window.showTextDocument(document);
  editor.selection = new vscode.Selection(0, 0, 0, 30);
  await generate(api);
  const gaps: number[] = [];
  for (let i = 0; i < JOBS; i++) {
    const shown = await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
    shown.selection = new vscode.Selection(0, 0, 0, 30);
    gaps.push(await longestGap(() => generate(api)));
  }
  writeFileSync(process.env['BENCH_RESULTS'] ?? '', JSON.stringify({ activation, gaps, version: vscode.version }));
}
