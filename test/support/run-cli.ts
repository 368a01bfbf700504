/** The command line as a process. */
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { buildPrograms } from './build-worker';
import { temporaryFolder } from './worker-harness';

export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly done: Promise<Run>;
  stderr(): string;
}

/** With a cache of its own beside the folder, and `input` on standard input. */
export async function start(args: readonly string[], cwd = temporaryFolder(), input = ''): Promise<Started> {
  const { cli } = await buildPrograms();
  const env = { ...process.env, FOURSTEP_CACHE_DIR: path.join(temporaryFolder(), 'cache') };
  const child = spawn(process.execPath, [cli, ...args], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input);
  // What a failed test left must not go on for ever.
  process.once('exit', () => child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const done = new Promise<Run>((resolve) => {
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
  return { child, done, stderr: () => stderr };
}

export async function fourstep(args: readonly string[], cwd?: string): Promise<Run> {
  return (await start(args, cwd)).done;
}
