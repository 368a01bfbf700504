/** Runs a program and watches its memory from outside: it blocks its own thread while it computes. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Watched {
  readonly stdout: string;
  /** Highest resident size, in bytes; pages of a file that is mapped twice count once. */
  readonly peak: number;
  /** The part of it that belongs to the process alone and cannot be dropped. */
  readonly peakPrivate: number;
}

const MILLISECONDS = 100;

/** Throws when the program fails. Linux only. */
export async function watched(program: string, args: readonly string[]): Promise<Watched> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  let [peak, peakPrivate] = [0, 0];
  const timer = setInterval(() => {
    const memory = memoryOf(child.pid ?? 0);
    peak = Math.max(peak, memory.proportional);
    peakPrivate = Math.max(peakPrivate, memory.anonymous);
  }, MILLISECONDS);
  const code = await ended;
  clearInterval(timer);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(code)}`);
  return { stdout, peak, peakPrivate };
}

function memoryOf(pid: number): { readonly proportional: number; readonly anonymous: number } {
  let rollup = '';
  try {
    rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  } catch {
    // It has ended.
  }
  const bytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) * 1024;
  return { proportional: bytes('Pss'), anonymous: bytes('Anonymous') };
}
