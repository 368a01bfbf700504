/** Child processes for the scripts: every command is shown as it is run, and its failure is a plain message. */
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

// Whatever a script starts, ONNX Runtime in it sends no telemetry (src/domain/telemetry.ts).
process.env.ORT_DISABLE_TELEMETRY = '1';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** A failure that the reader can act on; the scripts print its message without a stack. */
export class ScriptError extends Error {}

/** The full path of a program on the PATH, or undefined. */
export function which(program) {
  const finder = process.platform === 'win32' ? 'where' : 'which';
  const found = spawnSync(finder, [program], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.split(/\r?\n/)[0] : undefined;
}

/**
 * Runs a command with this terminal's input and output and resolves with its exit code (128 + n for a signal).
 * Ctrl+C reaches the command itself; this process waits for it to end.
 */
export function run(command, args, options = {}) {
  const ignore = () => {};
  process.on('SIGINT', ignore);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + constants.signals[signal]);
    });
  }).finally(() => process.off('SIGINT', ignore));
}

/** Like `run`, but a non-zero exit code is a ScriptError. */
export async function must(command, args, options = {}) {
  const code = await run(command, args, options);
  if (code !== 0) throw new ScriptError(`${path.basename(command)} ${args.join(' ')} ended with exit code ${code}.`);
}

/** npm is a .cmd file on Windows, which only a shell can start; the arguments are our own words. */
export function npm(args, options = {}) {
  return must('npm', args, { shell: process.platform === 'win32', ...options });
}

/** Runs a script's main function and turns its result into the exit code. */
export async function main(body) {
  try {
    process.exitCode = (await body()) ?? 0;
  } catch (error) {
    console.error(error instanceof ScriptError ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
