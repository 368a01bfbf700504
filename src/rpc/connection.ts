/** The client's end of the worker protocol: typed requests, each settled exactly once whatever happens to the worker. */
import { CancellationTokenSource, type MessageConnection } from 'vscode-jsonrpc/node';
import { throwIfCancelled, UserError } from '../domain/errors';
import { messageConnection, type MessageEndpoint } from './channel';
import { fromWire } from './errors';
import { PROTOCOL_VERSION } from '../contract/protocol';
import type { HelloResult, WorkerApi, WorkerEvents, WorkerMethod } from '../contract/worker-api';

export interface RequestOptions {
  /** Takes effect before the worker's next step; the call then fails with `cancelled`. */
  readonly signal?: AbortSignal;
}

export class WorkerConnection {
  readonly #connection: MessageConnection;
  readonly #pending = new Set<(reason: UserError) => void>();
  #closed: UserError | undefined;

  /** `onGarbage`: something that is no message arrived; nothing will be read any more, so close with the reason. */
  constructor(endpoint: MessageEndpoint, onGarbage: (reason: UserError) => void) {
    this.#connection = messageConnection(endpoint, onGarbage);
    this.#connection.listen();
  }

  /** Sends the first request. Throws `protocol`, naming both versions, when the worker speaks another one. */
  async hello(client: string): Promise<HelloResult> {
    const result = await this.request('hello', { protocol: PROTOCOL_VERSION, client });
    if (result.protocol === PROTOCOL_VERSION) return result;
    throw otherVersion(result, client);
  }

  async request<M extends WorkerMethod>(
    method: M,
    params: WorkerApi[M]['params'],
    { signal }: RequestOptions = {},
  ): Promise<WorkerApi[M]['result']> {
    throwIfCancelled(signal);
    if (this.#closed !== undefined) throw this.#closed;
    const source = new CancellationTokenSource();
    const cancel = (): void => {
      source.cancel();
    };
    signal?.addEventListener('abort', cancel, { once: true });
    let fail: ((reason: UserError) => void) | undefined;
    try {
      return await new Promise((resolve, reject) => {
        fail = reject;
        this.#pending.add(reject);
        this.#connection
          .sendRequest<WorkerApi[M]['result']>(method, params, source.token)
          .then(resolve, (error: unknown) => {
            reject(fromWire(error));
          });
      });
    } finally {
      if (fail !== undefined) this.#pending.delete(fail);
      signal?.removeEventListener('abort', cancel);
      source.dispose();
    }
  }

  onEvent<E extends keyof WorkerEvents>(name: E, listener: (event: WorkerEvents[E]) => void): void {
    this.#connection.onNotification(name, listener);
  }

  /** The worker is gone: every pending call and every later one fails with this reason. */
  close(reason: UserError): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    for (const reject of this.#pending) reject(reason);
    this.#connection.dispose();
  }
}

/** Another version may answer in another form. */
function otherVersion({ protocol = 'unknown', engine = 'of an unknown release' }: Answer, client: string): UserError {
  return versionMismatch({ protocol, name: `worker ${engine}` }, { protocol: PROTOCOL_VERSION, name: client });
}

interface Answer {
  readonly protocol?: number | string;
  readonly engine?: string;
}

interface Speaker {
  readonly protocol: number | string;
  readonly name: string;
}

export function versionMismatch(worker: Speaker, client: Speaker): UserError {
  return new UserError(
    'protocol',
    `${client.name} speaks protocol version ${client.protocol}, ${worker.name} speaks version ${worker.protocol}. ` +
      `They come from different installations of Fourstep: reload the window, or install Fourstep again.`,
  );
}
