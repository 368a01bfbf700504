/** What a user may do to a running training; it takes effect between two steps. */
import { throwIfCancelled, UserError } from '../../domain/errors';
import type { TuneControlParams } from '../../contract/tune-api';

/** Thrown when a training is interrupted, also because its process is about to end: it is saved and can go on later. */
export class Suspended extends UserError {
  constructor() {
    super('cancelled', 'The training is saved and can go on later.');
  }
}

export class TuneControl {
  #stopped = false;
  #suspended = false;
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
    if (action === 'suspend') this.#suspended = true;
    this.#wake();
  }

  /** Waits while paused. Throws `cancelled` to discard, and `Suspended`. */
  async ready(): Promise<'go' | 'stop'> {
    this.check();
    while (this.#paused !== undefined && !this.#stopped) {
      this.onPause(true);
      await this.#paused;
      this.onPause(false);
      this.check();
    }
    return this.#stopped ? 'stop' : 'go';
  }

  /** Throws as `ready` does, without waiting. */
  check(): void {
    throwIfCancelled(this.signal);
    if (this.#suspended) throw new Suspended();
  }

  #wake(): void {
    this.#resume?.();
    this.#paused = undefined;
    this.#resume = undefined;
  }
}
