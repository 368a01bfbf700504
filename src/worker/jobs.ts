/** The job queue: ONNX Runtime computes one thing at a time, so jobs wait their turn, see their position and can leave. */
import { UserError } from '../domain/errors';

export interface JobOptions {
  readonly signal: AbortSignal;
  /** Called with the number of jobs ahead whenever it changes, while the job waits. */
  readonly onPosition?: (ahead: number) => void;
}

interface Waiting {
  readonly options: JobOptions;
  readonly start: () => void;
}

export class JobQueue {
  readonly #waiting: Waiting[] = [];
  #running = false;

  /** Runs `work` when all earlier jobs are done. Throws `cancelled` when the signal fires before it started. */
  async run<T>(work: () => Promise<T>, options: JobOptions): Promise<T> {
    await this.#turn(options);
    try {
      return await work();
    } finally {
      this.#running = false;
      this.#next();
    }
  }

  async #turn(options: JobOptions): Promise<void> {
    const { signal } = options;
    if (signal.aborted) throw cancelledInQueue();
    let leave: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const waiting: Waiting = { options, start: resolve };
        leave = () => {
          this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
          reject(cancelledInQueue());
          this.#tellPositions();
        };
        this.#waiting.push(waiting);
        signal.addEventListener('abort', leave, { once: true });
        if (this.#running) options.onPosition?.(this.#waiting.length);
        else this.#next();
      });
    } finally {
      if (leave !== undefined) signal.removeEventListener('abort', leave);
    }
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#running = true;
    next.start();
    this.#tellPositions();
  }

  #tellPositions(): void {
    for (const [index, { options }] of this.#waiting.entries()) options.onPosition?.(index + 1);
  }
}

function cancelledInQueue(): UserError {
  return new UserError('cancelled', 'The job was cancelled before it started.');
}
