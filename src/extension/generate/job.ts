/** One generation as the panel sees it: the request, its progress as panel state, its end. */
import { randomUUID } from 'node:crypto';
import { isCancelled, messageOf } from '../../domain/errors';
import type { PanelSettings, PanelState, VariantCard } from '../../contract/panel-page';
import type { GenerateParams, GenerateResult, JobProgress } from '../../contract/worker-api';

/** What a job needs of the worker. */
export interface JobRunner {
  generate(
    params: GenerateParams,
    signal: AbortSignal,
    onProgress: (progress: JobProgress) => void,
  ): Promise<GenerateResult>;
}

export type StateChange = Partial<Omit<PanelState, 'settings'>>;

export interface JobOptions {
  readonly params: Omit<GenerateParams, 'jobId'>;
  readonly uriOf: (file: string) => string;
  readonly onChange: (change: StateChange) => void;
}

/** After this long without an end, Stop becomes "Stop now". */
const STOP_PATIENCE_MS = 2000;

export class Job {
  readonly #abort = new AbortController();
  readonly #options: JobOptions;
  #cards: VariantCard[];
  #patience: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(options: JobOptions) {
    this.#options = options;
    const { seed, count } = options.params;
    this.#cards = Array.from({ length: count }, (_, index) => ({ index, seed: seed + index, finished: false }));
  }

  /** Runs to the end; the outcome is in the state changes, the result is undefined unless it succeeded. */
  async run(runner: JobRunner): Promise<GenerateResult | undefined> {
    const params = { ...this.#options.params, jobId: randomUUID() };
    this.#change({
      phase: 'loading',
      cards: this.#cards,
      step: 0,
      steps: params.steps ?? 0,
      notices: [],
      canStopNow: false,
    });
    try {
      const result = await runner.generate(params, this.#abort.signal, (progress) => {
        if (!this.#ended) this.#onProgress(progress);
      });
      this.#cards = result.variants.map(({ index, seed, path }) => ({
        index,
        seed,
        uri: this.#options.uriOf(path),
        finished: true,
      }));
      this.#finish({ phase: 'done', cards: this.#cards, notices: result.notices });
      return result;
    } catch (error) {
      this.#finish(isCancelled(error) ? { phase: 'stopped' } : { phase: 'failed', error: messageOf(error) });
      return undefined;
    }
  }

  stop(): void {
    if (this.#ended || this.#abort.signal.aborted) return;
    this.#abort.abort();
    this.#change({ phase: 'stopping' });
    this.#patience = setTimeout(() => {
      this.#change({ canStopNow: true });
    }, STOP_PATIENCE_MS);
  }

  #onProgress(progress: JobProgress): void {
    progress.previews?.forEach((file, index) => {
      const card = this.#cards[index];
      if (card !== undefined) this.#cards = this.#cards.with(index, { ...card, uri: this.#options.uriOf(file) });
    });
    const phase = progress.phase === 'queued' ? 'queued' : progress.phase === 'loading' ? 'loading' : 'working';
    this.#change({
      ...(this.#abort.signal.aborted ? {} : { phase }),
      cards: this.#cards,
      ...(progress.step === undefined ? {} : { step: progress.step }),
      ...(progress.steps === undefined ? {} : { steps: progress.steps }),
      ...(progress.secondsLeft === undefined ? {} : { secondsLeft: progress.secondsLeft }),
      ...(progress.position === undefined ? {} : { position: progress.position }),
    });
  }

  #finish(change: StateChange): void {
    this.#ended = true;
    clearTimeout(this.#patience);
    this.#change({ ...change, canStopNow: false });
  }

  #change(change: StateChange): void {
    this.#options.onChange(change);
  }
}

/** Seeds are shown and typed by people: nine digits are enough for all pictures anyone makes. */
export function randomSeed(): number {
  return Number.parseInt(randomUUID().slice(0, 7), 16);
}

export function initialState(settings: PanelSettings, modelLine: string): PanelState {
  return {
    phase: 'idle',
    settings,
    cards: [],
    step: 0,
    steps: settings.steps,
    notices: [],
    canStopNow: false,
    modelLine,
    styles: [],
  };
}
