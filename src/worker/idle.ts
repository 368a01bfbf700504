/** Ends the worker when nobody has asked for anything for a while, which frees the model's memory. */

export class IdleTimer {
  #active = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `minutes` 0 = never. */
  constructor(
    private readonly minutes: number,
    private readonly onIdle: () => void,
  ) {
    this.#restart();
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

  #restart(): void {
    clearTimeout(this.#timer);
    if (this.#active === 0 && this.minutes > 0) this.#timer = setTimeout(this.onIdle, this.minutes * 60_000);
  }
}
