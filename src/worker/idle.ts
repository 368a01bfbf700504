/** Ends the worker when nobody has asked for anything for a while, which frees the model's memory. */

/** A worker is started for a call that is on its way; on a busy machine it takes a while to arrive. */
const FIRST_CALL_MINUTES = 0.5;

export class IdleTimer {
  #active = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `minutes` 0 = never. */
  constructor(
    private readonly minutes: number,
    private readonly onIdle: () => void,
  ) {
    this.#restart(FIRST_CALL_MINUTES);
  }

  /** Counts `work` as activity until it settles. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#active++;
    clearTimeout(this.#timer);
    try {
      return await work();
    } finally {
      this.#active--;
      this.#restart();
    }
  }

  #restart(least = 0): void {
    clearTimeout(this.#timer);
    if (this.#active > 0 || this.minutes === 0) return;
    this.#timer = setTimeout(this.onIdle, Math.max(this.minutes, least) * 60_000);
  }
}
