/** What every command shares: the worker, the built-in models, and Ctrl+C. */
import path from 'node:path';
import { messageOf } from '../domain/errors';
import { printable } from '../domain/printable';
import { VERSION } from '../domain/version';
import { readCatalog, type Catalog } from '../catalog/catalog';
import { modelPlaces } from '../catalog/model-places';
import { WorkerClient } from '../host/worker-client';
import { cacheFolder } from '../host/cache-folder';
import { forkedHost } from '../host/forked-host';
import type { WorkerLog } from '../host/worker-host';
import type { Console, StatusLine } from './console';

export interface GlobalOptions {
  readonly verbose: boolean;
  /** Results as JSON on standard output. */
  readonly json: boolean;
}

export interface Session {
  readonly client: WorkerClient;
  /** The program that fetches and keeps models; it starts when it is first asked. */
  readonly store: WorkerClient;
  readonly terminal: Console;
  readonly status: StatusLine;
  /** Fires at the first Ctrl+C. */
  readonly signal: AbortSignal;
  readonly json: boolean;
  readonly catalog: () => Promise<Catalog>;
}

/** Ctrl+C, a polite kill, and a terminal that was closed: all end the work in order. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Gives `work` a session and ends its worker afterwards, whatever happened. */
export async function withSession<T>(
  terminal: Console,
  { verbose, json }: GlobalOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { status } = terminal;
  const log = verbose ? stderrLog(terminal) : SILENT;
  const clientOf = (program: string): WorkerClient =>
    new WorkerClient({
      host: forkedHost({
        workerPath: path.join(__dirname, program),
        idleMinutes: 0,
        cacheDir: cacheFolder(process.env),
        log,
      }),
      clientName: `command line ${VERSION}`,
      log,
      logHint: verbose ? 'The log is above.' : 'Run again with --verbose to see the log.',
    });
  const [client, store] = [clientOf('worker.js'), clientOf('store.js')];
  const interrupt = new AbortController();
  const onInterrupt = (): void => {
    if (interrupt.signal.aborted) {
      Promise.all([client.stopNow(), store.stopNow()]).catch((error: unknown) => {
        terminal.say(`${messageOf(error)}\n`);
      });
      return;
    }
    status.show('Stopping after this step; press Ctrl+C again to stop at once');
    interrupt.abort();
  };
  for (const signal of ENDING) process.on(signal, onInterrupt);
  try {
    const catalog = (): Promise<Catalog> => readCatalog(path.join(__dirname, '..', 'models'), modelPlaces(process.env));
    return await work({ client, store, terminal, status, signal: interrupt.signal, json, catalog });
  } finally {
    status.clear();
    await Promise.all([client.dispose(), store.dispose()]);
    for (const signal of ENDING) process.off(signal, onInterrupt);
  }
}

const ignore = (): void => undefined;
const SILENT: WorkerLog = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function stderrLog(terminal: Console): WorkerLog {
  const at = (level: string) => (message: string) => {
    terminal.status.clear();
    terminal.say(`${level}: ${printable(message)}\n`);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warning'), error: at('error') };
}
