/** Notices a process that does not answer any more, such as one that was stopped (SIGSTOP) or hangs. */

/** How often it is asked within the time it may be silent. */
const ASKS = 12;

export interface HeartbeatOptions {
  /** Seconds without an answer after which it is given up. */
  readonly silentSeconds: number;
  /** Nobody waits for an idle process. */
  readonly isAwaited: () => boolean;
  /** Settles when the process has answered, whatever it says. */
  readonly ask: () => Promise<unknown>;
  readonly onSilent: () => void;
}

/**
 * Counts its own ticks instead of looking at the clock: while this process sleeps (a closed laptop, Ctrl+Z) it does not tick, and the other
 * is not blamed for that time. Returns what ends it.
 */
export function startHeartbeat({ silentSeconds, isAwaited, ask, onSilent }: HeartbeatOptions): () => void {
  let asking = false;
  let silentTicks = 0;
  const answered = (): void => {
    asking = false;
    silentTicks = 0;
  };
  const tick = (): void => {
    if (!isAwaited()) silentTicks = 0;
    else if (!asking) {
      asking = true;
      ask().then(answered, answered);
    } else if (++silentTicks >= ASKS) {
      clearInterval(timer);
      onSilent();
    }
  };
  const timer = setInterval(tick, (1000 * silentSeconds) / ASKS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}
