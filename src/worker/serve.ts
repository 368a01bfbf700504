/** A worker at one end of a line, whatever carries its messages and files, and whoever started it. */
import { inspect } from 'node:util';
import { UserError } from '../domain/errors';
import { VERSION } from '../domain/version';
import { ENGINE_KINDS } from '../contract/jobs';
import type { Line } from '../rpc/artifact-store';
import { serveWorker, type WorkerServer } from '../rpc/server';
import { IdleTimer } from './idle';
import { createService, type WorkerService } from './service';

export interface ServeOptions {
  readonly cacheFolder: string;
  /** 0 = `onIdle` is never called. */
  readonly idleMinutes: number;
  /** Absolute path of the bundled program that draws SVG. */
  readonly rasterizerProgram: string;
  readonly onIdle: () => void;
  /** Something that is no message arrived; nothing will be read any more. */
  readonly onGarbage: (reason: UserError) => void;
}

/** Serves one client. Its connection may end at any time: then `leave`, which keeps what a training has learned. */
export function serveOn(
  line: Line,
  { cacheFolder, idleMinutes, rasterizerProgram, onIdle, onGarbage }: ServeOptions,
): Pick<WorkerService, 'abandon' | 'leave'> {
  let server: WorkerServer | undefined = undefined;
  const service = createService({
    cacheFolder,
    idle: new IdleTimer(idleMinutes, onIdle),
    rasterizerProgram,
    tell: (event) => server?.tell(event),
    log: (message) => server?.log({ level: 'info', message }),
  });
  server = serveWorker(line, service.serve, {
    kinds: ENGINE_KINDS,
    identity: { engine: VERSION, pid: process.pid },
    onError: (kind, error) => {
      const expected = error instanceof UserError;
      const message = `${kind} failed: ${expected ? `${error.code}: ${error.message}` : inspect(error)}`;
      server?.log({ level: expected ? 'info' : 'error', message });
    },
    onGarbage,
  });
  return service;
}
