/** A worker as a process of this machine: forked with a clean environment, its output in the log, its end explained. */
import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { messageOf, UserError } from '../domain/errors';
import { isFile } from '../files/kind-of-path';
import { ipcEndpoint } from '../rpc/ipc-endpoint';
import { localArtifacts } from '../rpc/local-artifacts';
import { workerEnvironment } from './environment';
import { explainEnd, type EndReason, type ProcessEnd } from './exit-reason';
import { checkNodePath } from './node-path';
import type { HostedWorker, WorkerHost, WorkerLog } from './worker-host';

export interface ForkedHostOptions {
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

/** Every connection is a new process. */
export function forkedHost(options: ForkedHostOptions): WorkerHost {
  return { connect: async () => hosted(await forkWorker(options), options.log) };
}

/** Throws UserError when the worker's file or the chosen Node executable cannot be used. */
async function forkWorker({ workerPath, nodePath, idleMinutes, cacheDir }: ForkedHostOptions): Promise<ChildProcess> {
  if (!(await isFile(workerPath))) {
    throw new UserError(
      'not-found',
      `The worker program ${workerPath} is missing. Install Fourstep again, or build it.`,
    );
  }
  if (nodePath !== undefined) await checkNodePath(nodePath);
  return fork(workerPath, ['--idle-minutes', String(idleMinutes), '--cache-dir', cacheDir], {
    env: workerEnvironment(process.env),
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    ...(nodePath === undefined ? {} : { execPath: nodePath }),
  });
}

function hosted(child: ChildProcess, log: WorkerLog): HostedWorker {
  const ended = endOf(child, log).then((end): EndReason | 'idle' => (end.code === 0 ? 'idle' : explainEnd(end)));
  child.once('disconnect', () => {
    setTimeout(() => child.kill('SIGKILL'), EXIT_GRACE_MS).unref();
  });
  return {
    endpoint: ipcEndpoint(child),
    artifacts: localArtifacts,
    ...(child.pid === undefined ? {} : { pid: child.pid }),
    ended,
    end: (how) => {
      if (how === 'kill') child.kill('SIGKILL');
      else child.disconnect();
    },
  };
}

/** Its output goes into the log, and the last lines of it explain its end. */
function endOf(child: ChildProcess, log: WorkerLog): Promise<ProcessEnd> {
  const lastWords: string[] = [];
  listen(child.stdout, (line) => {
    log.info(`[worker] ${line}`);
  });
  listen(child.stderr, (line) => {
    log.warn(`[worker] ${line}`);
    lastWords.push(line);
    if (lastWords.length > LAST_WORDS) lastWords.shift();
  });
  return new Promise((resolve) => {
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

function listen(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine);
}
