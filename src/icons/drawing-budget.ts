/** What a whole folder of icons may cost: a thousand files that each stay below the limit of one would take hours. */
import { SkippedIcon } from '../domain/errors';

/** An icon takes milliseconds, a large one on a busy machine some tens; what goes beyond counts. */
const FREE_MS = 50;
const DEFAULT_EXTRA_MS = 60_000;

export class DrawingBudget {
  #left: number;

  /** `extraMs`: how much longer than ordinary icons a folder's icons may take together, in milliseconds. */
  constructor(private readonly extraMs: number = DEFAULT_EXTRA_MS) {
    this.#left = extraMs;
  }

  spend(ms: number): void {
    this.#left -= Math.max(0, ms - FREE_MS);
  }

  /** Throws SkippedIcon when nothing is left. */
  check(): void {
    if (this.#left > 0) return;
    const seconds = this.extraMs / 1000;
    throw new SkippedIcon(
      `the files before it took ${seconds} seconds longer than icons do; leave out what is slow, or choose a smaller folder`,
    );
  }
}
