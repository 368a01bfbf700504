/** The worker's end of the protocol: checks every request, answers each exactly once, and refuses all before the hello. */
import type { CancellationToken } from 'vscode-jsonrpc/node';
import { UserError } from '../domain/errors';
import {
  JOBS,
  parseJob,
  type JobEvent,
  type JobKind,
  type ParamsOf,
  type ResultOf,
  type ServedKind,
  type WorkerEvents,
} from '../contract/jobs';
import { PROTOCOL_VERSION } from '../contract/protocol';
import type { HelloResult } from '../contract/worker-api';
import type { Line } from './artifact-store';
import { messageConnection } from './channel';
import { versionMismatch } from './connection';
import { arriving, leaving } from './crossing';
import { toWire } from './errors';

/** Does a job. Files in its parameters and its result are absolute paths of this end. */
export type Serve<S extends ServedKind> = <K extends S>(
  kind: K,
  params: ParamsOf<K>,
  signal: AbortSignal,
) => Promise<ResultOf<K>>;

export interface ServerOptions<S extends ServedKind> {
  /** What this program does; it knows no other request. */
  readonly kinds: readonly S[];
  /** Engine version and process id, for the hello. */
  readonly identity: Omit<HelloResult, 'protocol'>;
  /** Called for every failed request, before the reply. */
  readonly onError: (kind: JobKind, error: unknown) => void;
  /** Something that is not a message arrived; nothing will be read any more. */
  readonly onGarbage: (reason: UserError) => void;
}

export interface WorkerServer {
  /** Never throws; what cannot be delivered is dropped. */
  log(event: WorkerEvents['log']): void;
  /** As `log`. Arrives before the reply to its job does. */
  tell(event: JobEvent): void;
}

export function serveWorker<S extends ServedKind>(
  { endpoint, artifacts }: Line,
  serve: Serve<S>,
  options: ServerOptions<S>,
): WorkerServer {
  const connection = messageConnection(endpoint, options.onGarbage);
  let greeted = false;
  let told: Promise<void> = Promise.resolve();

  const answer = <K extends JobKind>(
    kind: K,
    handle: (params: ParamsOf<K>, signal: AbortSignal) => Promise<ResultOf<K>>,
  ): void => {
    connection.onRequest(kind, async (message: unknown, token: CancellationToken) => {
      try {
        const { params } = parseJob(kind, message);
        if (!greeted && kind !== 'hello' && kind !== 'ping') {
          throw new UserError('protocol', `The first request was "${kind}"; expected "hello".`);
        }
        const local = (await arriving(artifacts, JOBS[kind].params, params, kind)) as ParamsOf<K>;
        const result = await handle(local, signalOf(token));
        await told;
        return await leaving(artifacts, JOBS[kind].result, result, kind);
      } catch (error) {
        options.onError(kind, error);
        await told;
        throw toWire(error);
      }
    });
  };

  answer('hello', (params) => {
    if (params.protocol !== PROTOCOL_VERSION) {
      const worker = { protocol: PROTOCOL_VERSION, name: `worker ${options.identity.engine}` };
      return Promise.reject(versionMismatch(worker, { protocol: params.protocol, name: params.client }));
    }
    greeted = true;
    return Promise.resolve({ protocol: PROTOCOL_VERSION, ...options.identity });
  });
  answer('ping', () => Promise.resolve({}));
  for (const kind of options.kinds) {
    answer<S>(kind, (params, signal) => serve(kind, params, signal));
  }
  connection.listen();
  return {
    log: (event) => {
      connection.sendNotification('log', event).catch(() => undefined);
    },
    tell: ({ kind, progress }) => {
      told = told
        .then(() => leaving(artifacts, JOBS[kind].progress, progress, kind))
        .then((sent) => connection.sendNotification('job/progress', { kind, progress: sent }))
        .catch(() => undefined);
    },
  };
}

function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else
    token.onCancellationRequested(() => {
      controller.abort();
    });
  return controller.signal;
}
