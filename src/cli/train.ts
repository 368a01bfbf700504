/** A training as the command line runs it: shown while it goes on, saved by Ctrl+C, gone on with later. */
import { randomUUID } from 'node:crypto';
import { messageOf, throwIfCancelled, UserError } from '../domain/errors';
import type { TuneParams, TuneResult } from '../contract/tune-api';
import type { Ways } from '../product/training-place';
import type { Session } from './session';
import { TuneStatus } from './tune-status';

/** Ctrl+C saves the training instead of discarding it, so the request itself is not cancelled. `again`: the command that goes on. */
export async function train(
  { client, signal, status, terminal }: Session,
  request: Omit<TuneParams, 'jobId'>,
  again: string,
): Promise<TuneResult> {
  throwIfCancelled(signal);
  const shown = new TuneStatus(status);
  const jobId = randomUUID();
  const suspend = (): void => {
    client.request('tuneControl', { jobId, action: 'suspend' }).catch(() => undefined);
  };
  signal.addEventListener('abort', suspend);
  try {
    return await client.request(
      'tune',
      { ...request, jobId },
      {
        onProgress: (progress) => {
          if (!signal.aborted) shown.update(progress);
        },
      },
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    status.clear();
    terminal.say(`${messageOf(error)} Go on with: ${again}\n`);
    throw new UserError('cancelled', 'The training was interrupted.', { cause: error });
  } finally {
    signal.removeEventListener('abort', suspend);
    status.clear();
  }
}

/** What helps, as options. */
export const OPTIONS: Ways = {
  replace: 'give --replace',
  goOn: 'Give --resume to go on',
  begin: 'Leave --resume out to begin one',
};
