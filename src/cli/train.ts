/** A training as the command line runs it: shown while it goes on, saved by Ctrl+C, gone on with later. */
import { randomUUID } from 'node:crypto';
import { messageOf, throwIfCancelled, UserError } from '../domain/errors';
import type { SavedTraining, TuneParams, TuneResult } from '../contract/tune-api';
import type { Session } from './session';
import { TuneStatus } from './tune-status';

/** Ctrl+C saves the training instead of discarding it, so the request itself is not cancelled. `again`: the command that goes on. */
export async function train(
  { client, signal, status, terminal }: Session,
  params: TuneParams,
  again: string,
): Promise<TuneResult> {
  throwIfCancelled(signal);
  const shown = new TuneStatus(status);
  const { jobId } = params;
  const suspend = (): void => {
    client.request('tuneControl', { jobId, action: 'suspend' }).catch(() => undefined);
  };
  signal.addEventListener('abort', suspend);
  try {
    return await client.request('tune', params, {
      onTuneProgress: (progress) => {
        if (!signal.aborted) shown.update(progress);
      },
    });
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

/** What the caller says anew when a training goes on: where everything is, and what may be replaced. */
export type TrainingPlace = Pick<
  TuneParams,
  'modelPath' | 'modelId' | 'device' | 'folder' | 'name' | 'styleDir' | 'root' | 'replace'
>;

export interface GoingOn {
  /** More steps than before. */
  readonly steps: number | undefined;
  /** Names of what was asked for and cannot change any more. */
  readonly changed: readonly string[];
}

/** The record of the training that is not finished. Throws `not-found` when there is none, `bad-request` when it would change. */
export async function unfinishedTraining(
  { client }: Session,
  styleDir: string,
  { changed }: GoingOn,
): Promise<SavedTraining> {
  if (changed.length > 0) {
    throw new UserError(
      'bad-request',
      `A training goes on with the settings it began with; only --steps may change (found ${changed.join(', ')}).`,
    );
  }
  const { unfinished } = await client.request('tuneStatus', { styleDir });
  if (unfinished !== undefined) return unfinished.saved;
  throw new UserError('not-found', `${styleDir} holds no unfinished training. Leave --resume out to begin one.`);
}

/** The request with which it goes on. */
export function goingOn(saved: SavedTraining, place: TrainingPlace, { steps }: GoingOn): TuneParams {
  const { currentColor, icons, styleWord, probes } = saved;
  const settings = { ...saved.settings, ...(steps === undefined ? {} : { steps }) };
  return { ...place, currentColor, icons, styleWord, probes, settings, jobId: randomUUID(), resume: true };
}
