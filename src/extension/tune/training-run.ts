/** The training of this window: begun once, watched by a page, the status bar and a notification alike. */
import { randomUUID } from 'node:crypto';
import { isCancelled } from '../../domain/errors';
import type { TuneControlParams, TuneParams, TuneProgress, TuneResult } from '../../contract/tune-api';
import type { RequestFor } from '../../product/training';
import type { FailedState, FinishedState, TrainingState } from '../../contract/tune-page';
import { finishedState, progressed, type UriOf } from './training-state';

/** What a training needs of the worker. */
export interface TrainingWorker {
  tune(params: TuneParams, signal: AbortSignal, onProgress: (progress: TuneProgress) => void): Promise<TuneResult>;
  tuneControl(params: TuneControlParams): Promise<unknown>;
}

export interface TrainingRunOptions {
  readonly worker: TrainingWorker;
  readonly request: RequestFor<'style'>;
  readonly begun: TrainingState;
  /** Folder of the style as it is shown. */
  readonly folder: string;
  readonly uriOf: UriOf;
  readonly explain: (error: unknown) => string;
}

export type RunState = TrainingState | FinishedState | FailedState;

export class TrainingRun {
  readonly #abort = new AbortController();
  readonly #listeners = new Set<(state: RunState) => void>();
  readonly #jobId = randomUUID();
  #state: RunState;

  constructor(readonly options: TrainingRunOptions) {
    this.#state = options.begun;
  }

  get state(): RunState {
    return this.#state;
  }

  get running(): boolean {
    return this.#state.screen === 'training';
  }

  /** Called after every change; returns what ends it. */
  onChange(listener: (state: RunState) => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  /** Runs to the end; resolves to the result, or to undefined when it failed or was discarded. The outcome is in the state. */
  async run(): Promise<TuneResult | undefined> {
    const { worker, request, folder, uriOf, explain } = this.options;
    try {
      const result = await worker.tune({ ...request, jobId: this.#jobId }, this.#abort.signal, (progress) => {
        if (this.#state.screen === 'training') this.#change(progressed(this.#state, progress, uriOf));
      });
      if (this.#state.screen === 'training') this.#change(finishedState(this.#state, result, { folder, uriOf }));
      return result;
    } catch (error) {
      if (!isCancelled(error)) this.#change({ screen: 'failed', error: explain(error), canResume: true });
      return undefined;
    }
  }

  /** Takes effect before the next step. */
  async act(action: TuneControlParams['action']): Promise<void> {
    if (this.#state.screen !== 'training') return;
    if (action === 'stop') this.#change({ ...this.#state, phase: 'stopping' });
    await this.options.worker.tuneControl({ jobId: this.#jobId, action });
  }

  /** Throws away what was learned. */
  discard(): void {
    this.#abort.abort();
  }

  #change(state: RunState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}
