/** How component configs are read: every field that changes the mathematics is checked, and a refusal names the field and the value. */
import * as v from 'valibot';
import { UserError } from '../../domain/errors';

/** Fields that must have one of these values (or be absent), because the builders do nothing else. */
export type Supported = Readonly<Record<string, readonly unknown[]>>;

/** Parses a config.json. `origin` is the file, for messages. Throws `unsupported` or `bad-checkpoint`. */
export function parseConfig<T extends v.GenericSchema>(
  json: unknown,
  { schema, supported, origin }: { schema: T; supported: Supported; origin: string },
): v.InferOutput<T> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new UserError(
      'bad-checkpoint',
      `${origin}: expected a JSON object, found ${JSON.stringify(json).slice(0, 80)}.`,
    );
  }
  for (const [field, values] of Object.entries(supported)) {
    const value: unknown = (json as Record<string, unknown>)[field];
    if (
      value === undefined ||
      value === null ||
      values.some((known) => JSON.stringify(known) === JSON.stringify(value))
    )
      continue;
    throw new UserError(
      'unsupported',
      `${origin}: "${field}" is ${JSON.stringify(value)}, which Fourstep does not support (supported: ${values.map((known) => JSON.stringify(known)).join(', ') || 'absent'}).`,
    );
  }
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const code = issue.type === 'picklist' || issue.type === 'literal' ? 'unsupported' : 'bad-checkpoint';
  throw new UserError(code, `${origin}: "${v.getDotPath(issue) ?? ''}": ${issue.message}.`);
}

/** A count of channels, layers or heads. The bound keeps a hostile config from asking for absurd graphs. */
export const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000));

/** An epsilon or a scale. JSON's 1e999 is Infinity, which is no number to compute with. */
export const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));

export const counts = v.pipe(v.array(count), v.minLength(1), v.maxLength(16));

/** One number for all levels, or one per level. */
export const countOrCounts = v.union([count, counts]);

export function perLevel(value: number | readonly number[], levels: number): readonly number[] {
  return typeof value === 'number' ? new Array<number>(levels).fill(value) : value;
}

/** Throws `bad-checkpoint` when a count that has to divide all of `sizes` does not. */
export function checkDivides(
  origin: string,
  [field, divisor]: readonly [string, number],
  sizes: readonly number[],
): void {
  const odd = sizes.find((size) => size % divisor !== 0);
  if (odd === undefined) return;
  throw new UserError('bad-checkpoint', `${origin}: "${field}" is ${divisor}, which does not divide ${odd} channels.`);
}

/** Throws `bad-checkpoint` when a list has another length than the one that sets the number of levels. */
export function checkLength(
  origin: string,
  [field, list]: readonly [string, readonly unknown[]],
  [master, levels]: readonly [string, number],
): void {
  if (list.length === levels) return;
  throw new UserError(
    'bad-checkpoint',
    `${origin}: "${field}" has ${list.length} entries, but "${master}" has ${levels}; expected as many.`,
  );
}
