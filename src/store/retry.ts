/** Tries again what may pass, with growing pauses; what the server asks for comes first. */
import { setTimeout as wait } from 'node:timers/promises';
import { throwIfCancelled, UserError } from '../domain/errors';
import { Transient } from './transport';

export interface Patience {
  /** Failures in a row, without anything gained between them, after which it is given up. */
  readonly tries: number;
  /** Of the first pause; each is twice the one before. */
  readonly firstMs: number;
  readonly mostMs: number;
  /** Milliseconds without a byte after which a line counts as dead. */
  readonly silentMs: number;
}

export const PATIENCE: Patience = { tries: 6, firstMs: 1000, mostMs: 30_000, silentMs: 30_000 };

/** A server may ask for longer pauses than ours; one that asks for hours is told to the user instead. */
const LONGEST_ASKED_S = 600;

export interface RetryOptions {
  readonly patience: Patience;
  readonly signal?: AbortSignal;
  /** Before each pause. */
  readonly onWait?: (seconds: number, reason: string) => void;
  /** Grows with everything gained; when it has grown, the count of failures begins anew. */
  readonly gained?: () => number;
}

/** Throws what `work` throws, `cancelled`, and `io` in the end. `what` goes into the message: "the list of files". */
export async function withRetries<T>(what: string, options: RetryOptions, work: () => Promise<T>): Promise<T> {
  const { patience, signal, gained = () => 0 } = options;
  let before = gained();
  for (let failures = 0; ;) {
    throwIfCancelled(signal);
    try {
      return await work();
    } catch (error) {
      throwIfCancelled(signal);
      if (!(error instanceof Transient)) throw error;
      failures = gained() > before ? 1 : failures + 1;
      before = gained();
      if (failures >= patience.tries || (error.after ?? 0) > LONGEST_ASKED_S) throw givenUp(what, error, failures);
      await pause(error, failures, options);
    }
  }
}

async function pause(error: Transient, failures: number, { patience, signal, onWait }: RetryOptions): Promise<void> {
  const grown = Math.min(patience.mostMs, patience.firstMs * 2 ** (failures - 1));
  const asked = Math.min((error.after ?? 0) * 1000, LONGEST_ASKED_S * 1000);
  const milliseconds = Math.max(grown, asked);
  onWait?.(Math.ceil(milliseconds / 1000), error.message);
  await wait(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  throwIfCancelled(signal);
}

function givenUp(what: string, error: Transient, failures: number): UserError {
  const asked = error.after === undefined ? '' : `; it asks to wait ${error.after} s`;
  const times = failures === 1 ? '' : ` ${failures} times in a row`;
  return new UserError(
    'io',
    `${what} could not be fetched: ${error.message}${times}${asked}. Try again later; what has arrived is kept, and goes on from there.`,
    { cause: error },
  );
}
