/** One worker process: forked with a clean environment, its output in the log, its end explained. */
import { fork, type ChildProcess } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { messageOf, UserError } from '../domain/errors';
import { workerEnvironment } from './environment';
import type { ProcessEnd } from './exit-reason';
import { checkNodePath } from './node-path';

export interface WorkerLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface WorkerProcessOptions {
  /** Absolute path of the worker's bundle. */
  readonly workerPath: string;
  /** Another Node executable than the one that runs this process. */
  readonly nodePath?: string;
  /** 0 = the worker never exits by itself. */
  readonly idleMinutes: number;
  /** Absolute path of a folder for float32 copies of large checkpoints. */
  readonly cacheDir: string;
  readonly log: WorkerLog;
}

/** Lines of standard error kept to explain a crash; a native stack trace follows the line that says what happened. */
const LAST_WORDS = 100;
/** A process that has closed its channel ends by itself; one that does not is helped. */
const EXIT_GRACE_MS = 5000;

export class WorkerProcess {
  /** Settles once, when the process has ended and its last message was read. */
  readonly ended: Promise<ProcessEnd>;

  constructor(
    readonly child: ChildProcess,
    log: WorkerLog,
  ) {
    const lastWords: string[] = [];
    listen(child.stdout, (line) => {
      log.info(`[worker] ${line}`);
    });
    listen(child.stderr, (line) => {
      log.warn(`[worker] ${line}`);
      lastWords.push(line);
      if (lastWords.length > LAST_WORDS) lastWords.shift();
    });
    child.once('disconnect', () => {
      setTimeout(() => child.kill('SIGKILL'), EXIT_GRACE_MS).unref();
    });
    this.ended = new Promise((resolve) => {
      let end: Omit<ProcessEnd, 'lastWords'> = { code: null, signal: null };
      const settle = (): void => {
        resolve({ ...end, lastWords: lastWords.join('\n') });
      };
      child.on('error', (error) => {
        lastWords.push(messageOf(error));
        if (child.pid === undefined) settle();
      });
      child.once('exit', (code, signal) => {
        end = { code, signal };
        // 'close' follows when its output has been read; not while a stray process holds the pipes open.
        setTimeout(settle, 1000).unref();
      });
      child.once('close', settle);
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Ends it at once, also in the middle of a run. */
  kill(): void {
    this.child.kill('SIGKILL');
  }
}

/** Throws UserError when the worker's file or the chosen Node executable cannot be used. */
export async function startWorker(options: WorkerProcessOptions): Promise<WorkerProcess> {
  const { workerPath, nodePath, idleMinutes, cacheDir, log } = options;
  if (!(await isFile(workerPath))) {
    throw new UserError(
      'not-found',
      `The worker program ${workerPath} is missing. Install Fourstep again, or build it.`,
    );
  }
  if (nodePath !== undefined) await checkNodePath(nodePath);
  const child = fork(workerPath, ['--idle-minutes', String(idleMinutes), '--cache-dir', cacheDir], {
    env: workerEnvironment(process.env),
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    ...(nodePath === undefined ? {} : { execPath: nodePath }),
  });
  return new WorkerProcess(child, log);
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
}

function listen(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine);
}
