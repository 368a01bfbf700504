/** The client's end of the worker protocol: typed requests, each settled exactly once whatever happens to the worker. */
import { CancellationTokenSource, type MessageConnection } from 'vscode-jsonrpc/node';
import { throwIfCancelled, UserError } from '../domain/errors';
import { JOBS, type JobEvent, type JobKind, type ParamsOf, type ResultOf, type WorkerEvents } from '../contract/jobs';
import { PROTOCOL_VERSION } from '../contract/protocol';
import type { HelloResult } from '../contract/worker-api';
import type { ArtifactStore, Line } from './artifact-store';
import { messageConnection } from './channel';
import { arriving, leaving } from './crossing';
import { fromWire } from './errors';

export interface RequestOptions {
  /** Takes effect before the worker's next step; the call then fails with `cancelled`. */
  readonly signal?: AbortSignal;
}

export class WorkerConnection {
  readonly #connection: MessageConnection;
  readonly #pending = new Set<(reason: UserError) => void>();
  readonly #artifacts: ArtifactStore;
  /** Settles when everything that was told up to now has arrived, with its files. */
  #told: Promise<void> = Promise.resolve();
  /** Results whose files are on their way. */
  readonly #arrivals = new Set<Promise<unknown>>();
  #closed: UserError | undefined;

  /** `onGarbage`: something that is not a message arrived; nothing will be read any more, so close with the reason. */
  constructor({ endpoint, artifacts }: Line, onGarbage: (reason: UserError) => void) {
    this.#artifacts = artifacts;
    this.#connection = messageConnection(endpoint, onGarbage);
    this.#connection.listen();
  }

  /** Sends the first request. Throws `protocol`, naming both versions, when the worker speaks another one. */
  async hello(client: string): Promise<HelloResult> {
    const result = await this.request('hello', { protocol: PROTOCOL_VERSION, client });
    if (result.protocol === PROTOCOL_VERSION) return result;
    throw otherVersion(result, client);
  }

  /** Files in `params` and in the result are absolute paths of this end. */
  async request<K extends JobKind>(kind: K, params: ParamsOf<K>, options: RequestOptions = {}): Promise<ResultOf<K>> {
    try {
      return await this.#request(kind, params, options);
    } catch (error) {
      // Files that are still on their way are there, or not, before the caller cleans up.
      await Promise.allSettled([this.#told, ...this.#arrivals]);
      throw error;
    }
  }

  async #request<K extends JobKind>(kind: K, params: ParamsOf<K>, options: RequestOptions): Promise<ResultOf<K>> {
    const { signal } = options;
    this.#check(signal);
    const sent = (await this.#unlessClosed(leaving(this.#artifacts, JOBS[kind].params, params, kind))) as object;
    this.#check(signal);
    const result = await this.#send(kind, sent, options);
    const arrived = this.#told.then(() => arriving(this.#artifacts, JOBS[kind].result, result, kind));
    this.#arrivals.add(arrived);
    try {
      return (await this.#unlessClosed(arrived)) as ResultOf<K>;
    } finally {
      void arrived.finally(() => this.#arrivals.delete(arrived)).catch(() => undefined);
    }
  }

  #check(signal: AbortSignal | undefined): void {
    throwIfCancelled(signal);
    if (this.#closed !== undefined) throw this.#closed;
  }

  async #send(kind: JobKind, params: object, { signal }: RequestOptions): Promise<unknown> {
    const source = new CancellationTokenSource();
    const cancel = (): void => {
      source.cancel();
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const reply = this.#connection.sendRequest<unknown>(kind, params, source.token);
      return await this.#unlessClosed(
        reply.catch((error: unknown) => {
          throw fromWire(error);
        }),
      );
    } finally {
      signal?.removeEventListener('abort', cancel);
      source.dispose();
    }
  }

  /** Fails with the reason as soon as the worker is gone. */
  async #unlessClosed<T>(work: Promise<T>): Promise<T> {
    let fail: ((reason: UserError) => void) | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        fail = reject;
        this.#pending.add(reject);
        work.then(resolve, reject);
      });
    } finally {
      if (fail !== undefined) this.#pending.delete(fail);
    }
  }

  onLog(listener: (event: WorkerEvents['log']) => void): void {
    this.#connection.onNotification('log', listener);
  }

  /** In the order in which it was told. What cannot be had of it, such as a preview whose line broke, is not told. */
  onProgress(listener: (event: JobEvent) => void): void {
    this.#connection.onNotification('job/progress', ({ kind, progress }: JobEvent) => {
      const arrived = this.#told.then(() => arriving(this.#artifacts, JOBS[kind].progress, progress, kind));
      this.#told = arrived.then(
        (local) => {
          if (this.#closed === undefined) listener({ kind, progress: local } as JobEvent);
        },
        () => undefined,
      );
    });
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
