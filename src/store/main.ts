/**
 * The store as a process of its own: forked as the worker is, and spoken to in the same way. It has no engine, so a download goes on while the worker
 * computes, and neither the editor nor the worker waits for disk or network.
 */
import { writeSync } from 'node:fs';
import path from 'node:path';
import { inspect, parseArgs } from 'node:util';
import { STORE_KINDS, type StoreKind } from '../contract/jobs';
import { messageOf, UserError } from '../domain/errors';
import { VERSION } from '../domain/version';
import { ipcEndpoint } from '../rpc/ipc-endpoint';
import { localArtifacts } from '../rpc/local-artifacts';
import { serveWorker, type WorkerServer } from '../rpc/server';
import { createStore } from './service';

/** sysexits.h, as in the worker. */
const EXIT_BUG = 70;
const EXIT_PROTOCOL = 76;
const EXIT_USAGE = 2;

function main(): void {
  const { values } = parseArgs({ options: { 'idle-minutes': { type: 'string' }, 'cache-dir': { type: 'string' } } });
  const cacheFolder = values['cache-dir'];
  if (process.send === undefined || cacheFolder === undefined) {
    endWith(EXIT_USAGE, 'This program is started by Fourstep: --cache-dir <folder>, with an IPC channel.');
  }
  let server: WorkerServer | undefined = undefined;
  const serve = createStore({
    env: process.env,
    cacheFolder,
    modelsFolder: path.join(__dirname, '..', 'models'),
    tell: (event) => server?.tell(event),
  });
  server = serveWorker<StoreKind>({ endpoint: ipcEndpoint(process), artifacts: localArtifacts }, serve, {
    kinds: STORE_KINDS,
    identity: { engine: VERSION, pid: process.pid },
    onError: (kind, error) => {
      const expected = error instanceof UserError;
      const message = `${kind} failed: ${expected ? `${error.code}: ${error.message}` : inspect(error)}`;
      server?.log({ level: expected ? 'info' : 'error', message });
    },
    onGarbage: (reason) => {
      endWith(EXIT_PROTOCOL, reason.message);
    },
  });
  // The window or terminal is gone; what has been fetched stays, and goes on from there the next time.
  process.on('disconnect', () => process.exit(0));
}

function endWith(code: number, message: string): never {
  writeSync(2, `${message}\n`);
  process.exit(code);
}

// Ctrl+C reaches the whole process group; the client decides what it means.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('uncaughtException', (error) => {
  endWith(
    EXIT_BUG,
    `The store stopped because of a bug: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`,
  );
});
main();
