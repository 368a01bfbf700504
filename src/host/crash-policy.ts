/** Restart after a crash, but not for ever: three crashes within three minutes keep the worker down until somebody resets it. */

export const MAX_CRASHES = 3;
export const CRASH_WINDOW_MINUTES = 3;

export class CrashPolicy {
  #crashes: number[] = [];

  constructor(private readonly now: () => number = () => performance.now()) {}

  record(): void {
    const oldest = this.now() - CRASH_WINDOW_MINUTES * 60_000;
    this.#crashes = [...this.#crashes.filter((time) => time > oldest), this.now()];
  }

  /** Stays true however long ago it became so: a worker that is down comes back by `reset` only. */
  get isDown(): boolean {
    return this.#crashes.length >= MAX_CRASHES;
  }

  reset(): void {
    this.#crashes = [];
  }
}
