/** What a training has seen so far, and what it may be continued with; kept with every checkpoint. */
import * as v from 'valibot';
import { UserError } from '../../domain/errors';
import type { TrainingSettings } from './settings';

export interface CurvePoint {
  readonly step: number;
  readonly value: number;
}

/** What must be the same when a training goes on. */
export interface TrainingIdentity {
  /** SHA-256 of the base model's weights. */
  readonly model: string;
  /** SHA-256 of the encoded examples. */
  readonly data: string;
  readonly settings: TrainingSettings;
}

export interface TrainingRecord {
  readonly identity: TrainingIdentity;
  readonly loss: CurvePoint[];
  readonly gauge: CurvePoint[];
  /** The lowest reading of the gauge; its weights are kept. */
  best: CurvePoint | undefined;
}

const point = v.object({ step: v.number(), value: v.number() });
const schema = v.object({
  identity: v.object({ model: v.string(), data: v.string(), settings: v.record(v.string(), v.unknown()) }),
  loss: v.array(point),
  gauge: v.array(point),
  best: v.optional(point),
});

/** Reads a record from a checkpoint's metadata. Throws `bad-checkpoint` naming the file when it is damaged. */
export function parseRecord(text: string | undefined, file: string): TrainingRecord {
  try {
    const { identity, loss, gauge, best } = v.parse(schema, JSON.parse(text ?? ''));
    return { identity: identity as unknown as TrainingIdentity, loss, gauge, best };
  } catch (error) {
    throw new UserError(
      'bad-checkpoint',
      `${file} is no checkpoint of a training, or is damaged. Start the training anew.`,
      {
        cause: error,
      },
    );
  }
}

/** Throws `bad-request` saying which of base model, pictures and settings differ from those the training began with. */
export function checkIdentity(saved: TrainingIdentity, now: TrainingIdentity, file: string): void {
  const changed = [
    ...(saved.model === now.model ? [] : ['the base model has other weights']),
    ...(saved.data === now.data ? [] : ['the pictures or captions are others']),
    ...changedSettings(saved.settings, now.settings),
  ];
  if (changed.length === 0) return;
  throw new UserError(
    'bad-request',
    `The training in ${file} cannot go on: ${changed.join('; ')}. Put back what changed, or start the training anew.`,
  );
}

function changedSettings(saved: TrainingSettings, now: TrainingSettings): string[] {
  const names = Object.keys(now) as (keyof TrainingSettings)[];
  // More steps are no other training.
  const differing = names.filter(
    (name) => name !== 'steps' && JSON.stringify(saved[name]) !== JSON.stringify(now[name]),
  );
  return differing.map((name) => `${name} was ${JSON.stringify(saved[name])} and is ${JSON.stringify(now[name])}`);
}
