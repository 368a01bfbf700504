/** When a job runs, and where its files go: what the contract says of its kind decides. */
import {
  declared,
  jobFiles,
  type EngineKind,
  type JobEvent,
  type JobKind,
  type ParamsOf,
  type ResultOf,
  type WritingKind,
} from '../contract/jobs';
import type { JobContext } from './generate';
import type { IdleTimer } from './idle';
import type { JobOptions, JobQueue } from './jobs';
import { JobOutput } from './output';

/** A kind that leaves files gets an open folder for them. */
export type ContextOf<K extends JobKind> = K extends WritingKind ? JobContext : Pick<JobContext, 'signal'>;

/** Does a job when it is its turn. */
export type Handler<K extends EngineKind> = (params: ParamsOf<K>, context: ContextOf<K>) => Promise<ResultOf<K>>;
export type Handlers = { readonly [K in EngineKind]: Handler<K> };

export interface TurnsOptions {
  readonly idle: IdleTimer;
  readonly queue: JobQueue;
  readonly tell: (event: JobEvent) => void;
}

export class Turns {
  readonly #outputs = new Set<JobOutput>();

  constructor(private readonly options: TurnsOptions) {}

  /** Does `work` when it is its turn. Throws what it throws, and `cancelled` for a job that never began. */
  async take<K extends JobKind, T>(
    kind: K,
    params: ParamsOf<K>,
    signal: AbortSignal,
    work: (context: ContextOf<K>) => Promise<T>,
  ): Promise<T> {
    const files = jobFiles(kind, params);
    if (files === undefined) return this.#turn(kind, { signal }, () => work({ signal } as ContextOf<K>));
    const { jobId, folder } = files;
    const onProgress: JobContext['onProgress'] = (progress) => {
      this.options.tell({ kind: kind as WritingKind, progress: { jobId, ...progress } });
    };
    const onPosition = (position: number): void => {
      onProgress({ phase: 'queued', position });
    };
    return this.#turn(kind, { signal, onPosition }, async () => {
      const output = await JobOutput.open(folder, jobId);
      const context: JobContext = { signal, output, onProgress };
      return this.#keeping(output, () => work(context as ContextOf<K>));
    });
  }

  /** Removes what the running jobs have written; for the last moment of the process. */
  abandon(): void {
    for (const output of this.#outputs) output.removeAllNow();
  }

  #turn<T>(kind: JobKind, options: JobOptions, work: () => Promise<T>): Promise<T> {
    const { idle, queue } = this.options;
    switch (declared(kind).class) {
      case 'control':
        return work();
      case 'interactive':
        return idle.during(() => queue.run(work, options));
      case 'aside':
      case 'training':
        // A training asks for its turns itself, step by step.
        return idle.during(work);
    }
  }

  async #keeping<T>(output: JobOutput, work: () => Promise<T>): Promise<T> {
    this.#outputs.add(output);
    try {
      return await work();
    } catch (error) {
      await output.removeAll();
      throw error;
    } finally {
      this.#outputs.delete(output);
    }
  }
}
