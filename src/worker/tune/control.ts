/** What a user may do to a running training; it takes effect between two steps. */
import { throwIfCancelled, UserError } from '../../base/errors';
import type { TuneControlParams } from '../../protocol/tune-api';

/** Thrown when the process is about to end: the training is saved and can go on in another one. */
export class Leaving extends UserError {
  constructor() {
    super('worker-gone', 'The training was saved because its window closed; it can go on later.');
  }
}

export class TuneControl {
  #stopped = false;
  #leaving = false;
  #resume: (() => void) | undefined;
  #paused: Promise<void> | undefined;

  constructor(
    private readonly signal: AbortSignal,
    private readonly onPause: (paused: boolean) => void,
  ) {
    signal.addEventListener('abort', () => {
      this.#wake();
    });
  }

  act(action: TuneControlParams['action']): void {
    if (action === 'pause') {
      this.#paused ??= new Promise((resolve) => {
        this.#resume = resolve;
      });
      return;
    }
    if (action === 'stop') this.#stopped = true;
    this.#wake();
  }

  leave(): void {
    this.#leaving = true;
    this.#wake();
  }

  /** Waits while paused. Throws `cancelled` to discard, and `Leaving`. */
  async ready(): Promise<'go' | 'stop'> {
    if (this.#paused !== undefined && !this.signal.aborted && !this.#leaving) {
      this.onPause(true);
      await this.#paused;
      this.onPause(false);
    }
    throwIfCancelled(this.signal);
    if (this.#leaving) throw new Leaving();
    return this.#stopped ? 'stop' : 'go';
  }

  #wake(): void {
    this.#resume?.();
    this.#paused = undefined;
    this.#resume = undefined;
  }
}
