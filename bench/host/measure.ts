/**
 * Runs inside the extension host instead of a test suite: the longest gap of the event loop during a job, and the longest one while
 * nothing of ours runs, because the host shares its cores with the workbench.
 */
import { writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension/extension';

const JOBS = 9;
const IDLE_MS = 1000;
const QUIET_GAP_MS = 20;
const SETTLE_TRIES = 15;

/** A gap of the event loop: how long it was, and how much processor time the host's process used in it. */
interface Gap {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Largest time between two turns of the event loop while `work` runs. */
async function longestGap(work: () => Promise<unknown>): Promise<Gap> {
  let longest: Gap = { ms: 0, cpuMs: 0 };
  let last = performance.now();
  let used = process.cpuUsage();
  const timer = setInterval(() => {
    const now = performance.now();
    const cpu = process.cpuUsage(used);
    if (now - last > longest.ms) longest = { ms: now - last, cpuMs: (cpu.user + cpu.system) / 1000 };
    last = now;
    used = process.cpuUsage();
  }, 1);
  await work();
  clearInterval(timer);
  return longest;
}

const idle = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, IDLE_MS));

/** The workbench is still starting when a suite begins; a user's command comes later. */
async function settled(): Promise<void> {
  for (let i = 0; i < SETTLE_TRIES; i++) if ((await longestGap(idle)).ms < QUIET_GAP_MS) return;
}

async function generate(api: TestApi): Promise<void> {
  await vscode.commands.executeCommand('fourstep.generate');
  if (api.panels.current?.state.phase !== 'done')
    throw new Error(`the job ended as ${api.panels.current?.state.phase ?? 'nothing'}`);
}

export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension<TestApi | undefined>('fourstep.fourstep');
  if (extension === undefined) throw new Error('the extension is not installed');
  await settled();
  const api = await extension.activate();
  if (api === undefined) throw new Error('the extension does not know that it is under test');
  const document = await vscode.workspace.openTextDocument({
    content: 'a paper plane icon, flat, blue',
    language: 'markdown',
  });
  const editor = await vscode.window.showTextDocument(document);
  editor.selection = new vscode.Selection(0, 0, 0, 30);
  await generate(api);
  await settled();
  const [gaps, idleGaps]: [Gap[], Gap[]] = [[], []];
  for (let i = 0; i < JOBS; i++) {
    await idle();
    idleGaps.push(await longestGap(idle));
    const shown = await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
    shown.selection = new vscode.Selection(0, 0, 0, 30);
    gaps.push(await longestGap(() => generate(api)));
  }
  writeFileSync(process.env['BENCH_RESULTS'] ?? '', JSON.stringify({ gaps, idleGaps, version: vscode.version }));
  // bench/host.mjs reads the page.
  void vscode.commands.executeCommand('workbench.action.showRuntimeExtensions');
  await new Promise((resolve) => setTimeout(resolve, 5 * IDLE_MS));
}
