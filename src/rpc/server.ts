/** The worker's end of the protocol: checks every request, answers each exactly once, and refuses all before the hello. */
import type { CancellationToken } from 'vscode-jsonrpc/node';
import { UserError } from '../domain/errors';
import { messageConnection, type MessageEndpoint } from './channel';
import { versionMismatch } from './connection';
import { toWire } from './errors';
import { parseParams } from '../contract/guards';
import { PROTOCOL_VERSION } from '../contract/protocol';
import type { HelloResult, WorkerApi, WorkerEvents, WorkerMethod } from '../contract/worker-api';

export interface HandlerContext {
  /** Fires when the client cancels this request. */
  readonly signal: AbortSignal;
}
export type ServedMethod = Exclude<WorkerMethod, 'hello' | 'ping'>;
export type WorkerHandlers = {
  readonly [M in ServedMethod]: (
    params: WorkerApi[M]['params'],
    context: HandlerContext,
  ) => Promise<WorkerApi[M]['result']>;
};

export interface ServerOptions {
  /** Engine version and process id, for the hello. */
  readonly identity: Omit<HelloResult, 'protocol'>;
  /** Called for every failed request, before the reply. */
  readonly onError: (method: WorkerMethod, error: unknown) => void;
  /** Something that is no message arrived; nothing will be read any more. */
  readonly onGarbage: (reason: UserError) => void;
}

export interface WorkerServer {
  /** Never throws; an event that cannot be delivered is dropped. */
  notify<E extends keyof WorkerEvents>(name: E, event: WorkerEvents[E]): void;
}

export function serveWorker(endpoint: MessageEndpoint, handlers: WorkerHandlers, options: ServerOptions): WorkerServer {
  const connection = messageConnection(endpoint, options.onGarbage);
  let greeted = false;

  const answer = <M extends WorkerMethod>(
    method: M,
    handle: (params: WorkerApi[M]['params'], context: HandlerContext) => Promise<WorkerApi[M]['result']>,
  ): void => {
    connection.onRequest(method, async (params: unknown, token: CancellationToken) => {
      try {
        return await handle(parseParams(method, params), { signal: signalOf(token) });
      } catch (error) {
        options.onError(method, error);
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
  const afterHello = <M extends ServedMethod>(method: M, handle: WorkerHandlers[M]): void => {
    answer<ServedMethod>(method, (params, context) => {
      if (greeted) return handle(params, context);
      return Promise.reject(new UserError('protocol', `The first request was "${method}"; expected "hello".`));
    });
  };
  for (const method of Object.keys(handlers) as ServedMethod[]) afterHello(method, handlers[method]);
  connection.listen();
  return {
    notify: (name, event) => {
      connection.sendNotification(name, event).catch(() => undefined);
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
