/**
 * The worker as its window or terminal sees it: started when first needed, restarted after a crash, kept down when it crashes
 * too often. Every call settles: with its result, or with the reason why there is none.
 */
import { messageOf, UserError } from '../domain/errors';
import { WorkerConnection } from '../rpc/connection';
import type { DeviceName } from '../domain/choices';
import {
  declared,
  jobFiles,
  type JobEvent,
  type JobFiles,
  type JobKind,
  type ParamsOf,
  type ProgressOf,
  type ResultOf,
} from '../contract/jobs';
import { CRASH_WINDOW_MINUTES, CrashPolicy, MAX_CRASHES } from './crash-policy';
import type { EndReason } from './exit-reason';
import { startHeartbeat } from './heartbeat';
import { removeLeftovers } from './leftovers';
import type { HostedWorker, WorkerHost, WorkerLog } from './worker-host';

export interface WorkerClientOptions {
  readonly host: WorkerHost;
  readonly log: WorkerLog;
  /** Who asks, for the log and for version mismatches: "extension 0.1.0". */
  readonly clientName: string;
  /** A sentence for error messages: "The log is in the output channel Fourstep (/path/of/it)." */
  readonly logHint: string;
  /** Seconds without a sign of life after which a worker that is waited for is ended; SILENT_SECONDS when absent. */
  readonly silentSeconds?: number;
}

/** Making the sessions of an SD 1.5 model holds up the worker's answers for about a second, on a disk a hundred times as slow for this long. */
const SILENT_SECONDS = 120;

export interface WorkerStatus {
  readonly state: 'stopped' | 'starting' | 'ready' | 'busy' | 'down';
  /** What the last job was computed on, while this worker lives. */
  readonly device?: DeviceName;
  readonly pid?: number;
}

export interface ClientRequestOptions<K extends JobKind = JobKind> {
  readonly signal?: AbortSignal;
  /** What is told of this call's job while it runs, of the kinds that tell something. */
  readonly onProgress?: (progress: ProgressOf<K>) => void;
}

interface RunningWorker {
  readonly hosted: HostedWorker;
  readonly connection: WorkerConnection;
  /** Set when we end it ourselves, or when it broke the protocol: the reason its calls get. */
  endReason: UserError | undefined;
  /** True when we end it ourselves, which is no crash. */
  wanted: boolean;
}

interface Call {
  readonly kind: JobKind;
  readonly files: JobFiles | undefined;
  /** Passes on what is told of its own job. */
  readonly tell: (event: JobEvent) => void;
}

/** The worker ended because it was idle just when a call was on its way; the call is made again. */
class IdleExit extends UserError {
  constructor() {
    super('worker-gone', 'The worker ended because it was idle.');
  }
}

export class WorkerClient {
  readonly #options: WorkerClientOptions;
  readonly #log: WorkerLog;
  readonly #crashes = new CrashPolicy();
  readonly #calls = new Set<Call>();
  readonly #listeners = new Set<(status: WorkerStatus) => void>();
  #worker: RunningWorker | undefined;
  #ready: Promise<RunningWorker> | undefined;
  #device: DeviceName | undefined;
  #greeted = false;
  #disposed = false;

  constructor(options: WorkerClientOptions) {
    this.#options = options;
    this.#log = options.log;
  }

  get status(): WorkerStatus {
    const pid = this.#worker?.hosted.pid;
    return {
      state: this.#state(),
      ...(this.#device === undefined ? {} : { device: this.#device }),
      ...(pid === undefined ? {} : { pid }),
    };
  }

  /** Called after every change of `status`; returns what ends it. */
  onStatus(listener: (status: WorkerStatus) => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  /** Throws the worker's UserError, or `worker-gone`, `out-of-memory`, `worker-down`, `cancelled`, `protocol`. */
  async request<K extends JobKind>(
    kind: K,
    params: ParamsOf<K>,
    { signal, onProgress }: ClientRequestOptions<K> = {},
  ): Promise<ResultOf<K>> {
    const call = callOf(kind, params, onProgress);
    const send = async (): Promise<ResultOf<K>> => {
      const { connection } = await this.#start();
      return connection.request(kind, params, signal === undefined ? {} : { signal });
    };
    this.#calls.add(call);
    const sent = send();
    this.#announce();
    try {
      const result = await sent.catch((error: unknown) => {
        if (error instanceof IdleExit) return send();
        throw error;
      });
      if (kind === 'devices') this.#noteDevice((result as ResultOf<'devices'>).chosen);
      return result;
    } catch (error) {
      // Also what has come from a worker with a disk of its own; nobody else knows of it.
      if (call.files !== undefined) await removeLeftovers(call.files);
      if (signal?.aborted === true && error instanceof UserError && error.code === 'worker-gone') {
        throw new UserError('cancelled', 'The job was cancelled.', { cause: error });
      }
      throw error;
    } finally {
      this.#calls.delete(call);
      this.#announce();
    }
  }

  /** Kills the worker, also in the middle of a step. Its calls fail; the next call starts a new one. */
  async stopNow(): Promise<void> {
    await this.#end(new UserError('worker-gone', 'The worker was stopped.'));
  }

  /** Lets a worker that crashed too often start again. */
  reset(): void {
    this.#crashes.reset();
    this.#announce();
  }

  /** Ends the worker. One that trains is let go instead of killed: it saves what was learned, then ends by itself. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    const training = [...this.#calls].some(({ kind }) => declared(kind).class === 'training');
    await this.#end(new UserError('worker-gone', 'Fourstep was closed.'), training ? 'let-go' : 'kill');
    this.#listeners.clear();
  }

  #state(): WorkerStatus['state'] {
    if (this.#worker === undefined)
      return this.#crashes.isDown ? 'down' : this.#ready === undefined ? 'stopped' : 'starting';
    if (!this.#greeted) return 'starting';
    return this.#calls.size > 0 ? 'busy' : 'ready';
  }

  #start(): Promise<RunningWorker> {
    if (this.#disposed) return Promise.reject(new UserError('worker-gone', 'Fourstep was closed.'));
    if (this.#crashes.isDown) return Promise.reject(this.#downError());
    if (this.#ready !== undefined) return this.#ready;
    const attempt = this.#connect();
    this.#ready = attempt;
    attempt.catch(() => {
      if (this.#ready === attempt) this.#ready = undefined;
      this.#announce();
    });
    return attempt;
  }

  async #connect(): Promise<RunningWorker> {
    const hosted = await this.#options.host.connect();
    if (this.#disposed) {
      hosted.end('kill');
      throw new UserError('worker-gone', 'Fourstep was closed.');
    }
    const worker: RunningWorker = {
      hosted,
      connection: new WorkerConnection(hosted, (reason) => {
        this.#log.error(reason.message);
        worker.endReason = reason;
        hosted.end('kill');
      }),
      endReason: undefined,
      wanted: false,
    };
    this.#worker = worker;
    this.#listen(worker);
    const stopHeartbeat = this.#watch(worker);
    const gone = hosted.ended.then((end) => {
      stopHeartbeat();
      return this.#afterEnd(worker, end);
    });
    try {
      const { engine, pid } = await worker.connection.hello(this.#options.clientName);
      this.#log.info(`Worker ${engine} started, process ${pid}.`);
    } catch (error) {
      // Whatever it is, it cannot be talked to.
      worker.wanted ||= error instanceof UserError && error.code === 'protocol';
      hosted.end('kill');
      await gone;
      throw error;
    }
    this.#greeted = true;
    this.#announce();
    return worker;
  }

  /** A worker that is stopped or hangs would be waited for without end. */
  #watch(worker: RunningWorker): () => void {
    const { silentSeconds = SILENT_SECONDS } = this.#options;
    return startHeartbeat({
      silentSeconds,
      isAwaited: () => this.#calls.size > 0,
      ask: () => worker.connection.request('ping', {}),
      onSilent: () => {
        worker.endReason ??= new UserError(
          'worker-gone',
          `The worker has not answered for ${silentSeconds} seconds, so it was ended. It was stopped, or it hung. Try again. ${this.#options.logHint}`,
        );
        worker.hosted.end('kill');
      },
    });
  }

  #listen({ connection }: RunningWorker): void {
    connection.onLog(({ level, message }) => {
      this.#log[level === 'trace' ? 'debug' : level](`[worker] ${message}`);
    });
    connection.onProgress((event) => {
      if ('device' in event.progress) this.#noteDevice(event.progress.device);
      for (const call of this.#calls) call.tell(event);
    });
  }

  async #end(reason: UserError, how: 'kill' | 'let-go' = 'kill'): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.endReason = reason;
    worker.wanted = true;
    worker.hosted.end(how);
    await worker.hosted.ended;
    await this.#ready?.catch(() => undefined);
  }

  /** The only place where a worker is given up: forget it, clean up behind it, then tell its calls. */
  async #afterEnd(worker: RunningWorker, end: EndReason | 'idle'): Promise<void> {
    const idle = end === 'idle' && worker.endReason === undefined;
    if (!idle && !worker.wanted) this.#crashes.record();
    const reason = worker.endReason ?? (end === 'idle' ? new IdleExit() : this.#crashReason(end));
    if (idle) this.#log.info('The worker ended because it was idle.');
    else this.#log[worker.wanted ? 'info' : 'error'](reason.message);
    const files = [...this.#calls].flatMap((call) => call.files ?? []);
    this.#worker = undefined;
    this.#ready = undefined;
    this.#device = undefined;
    this.#greeted = false;
    if (!idle) await Promise.all(files.map(removeLeftovers));
    worker.connection.close(reason);
    this.#announce();
  }

  #crashReason({ code, sentence }: EndReason): UserError {
    const outlook = this.#crashes.isDown
      ? ` It crashed ${MAX_CRASHES} times within ${CRASH_WINDOW_MINUTES} minutes and stays down until it is restarted by hand.`
      : ' It starts again with the next picture.';
    return new UserError(code, `${sentence}${outlook} ${this.#options.logHint}`);
  }

  #downError(): UserError {
    return new UserError(
      'worker-down',
      `The worker crashed ${MAX_CRASHES} times within ${CRASH_WINDOW_MINUTES} minutes and stays down until it is restarted by hand. ${this.#options.logHint}`,
    );
  }

  #noteDevice(device: DeviceName | undefined): void {
    if (device === undefined || device === this.#device) return;
    this.#device = device;
    this.#announce();
  }

  #announce(): void {
    const { status } = this;
    for (const listener of this.#listeners) {
      try {
        listener(status);
      } catch (error) {
        this.#log.error(`A status listener failed: ${messageOf(error)}`);
      }
    }
  }
}

function callOf<K extends JobKind>(
  kind: K,
  params: ParamsOf<K>,
  onProgress: ClientRequestOptions<K>['onProgress'],
): Call {
  const { jobId } = params as { readonly jobId?: string };
  return {
    kind,
    files: jobFiles(kind, params),
    tell: (event) => {
      if (event.kind === kind && event.progress.jobId === jobId) onProgress?.(event.progress as ProgressOf<K>);
    },
  };
}
