/** From declarations to run-time checks, and the kinds of value that many requests have. */
import * as v from 'valibot';
import { isWithin, rangeText } from '../domain/range';
import {
  LONGEST_TEXT,
  namesWith,
  type NamesWith,
  type OffOf,
  type NumberSetting,
  type Presence,
  type Setting,
  type Settings,
  type ValueOf,
} from './setting';

export const text = v.pipe(v.string(), v.maxLength(LONGEST_TEXT));
export const whole = v.pipe(v.number(), v.safeInteger());
export const absolutePath = v.pipe(v.string(), v.check(isAbsolutePath, 'expected an absolute path'));

export function isAbsolutePath(value: string): boolean {
  return value.length <= 32_768 && /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(value) && !value.includes('\0');
}
/** Becomes part of file names. */
export const jobId = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, "-" or "_"'),
);
/** A path as a page says it. */
export const pagePath = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));
/** A value that our own worker gives, and that nobody checks at run time. */
export const trusted = <T>(): v.CustomSchema<T, undefined> => v.custom<T>(() => true);
/** A list that nobody changes. */
export const list = <S extends v.GenericSchema>(
  item: S,
  most: number,
): v.SchemaWithPipe<
  readonly [
    v.ArraySchema<S, undefined>,
    v.MaxLengthAction<v.InferOutput<S>[], number, undefined>,
    v.ReadonlyAction<v.InferOutput<S>[]>,
  ]
> => v.pipe(v.array(item), v.maxLength(most), v.readonly());

export function numberIn(range: NumberSetting['range']): v.GenericSchema<unknown, number> {
  return v.custom<number>((value) => isWithin(value, range), `expected ${rangeText(range)}`);
}

export function schemaOf<S extends Setting>(setting: S): v.GenericSchema<unknown, ValueOf<S>> {
  return plainSchema(setting) as v.GenericSchema<unknown, ValueOf<S>>;
}

function plainSchema(setting: Setting): v.GenericSchema<unknown, number | string | boolean> {
  switch (setting.kind) {
    case 'number':
      return numberIn(setting.range);
    case 'text':
      return text;
    case 'switch':
      return v.boolean();
    case 'choice':
      return v.picklist(setting.choices, `expected one of ${setting.choices.join(', ')}`);
  }
}

/** The fields of an object that carries the settings of a place. */
export type Entries<S extends Settings, P extends 'request' | 'recipe'> = {
  readonly [K in NamesWith<S, P>]: S[K] extends Readonly<Record<P, 'when-set'>>
    ? v.ExactOptionalSchema<v.GenericSchema<unknown, Exclude<ValueOf<S[K]>, OffOf<S[K]>>>, undefined>
    : v.GenericSchema<unknown, Exclude<ValueOf<S[K]>, OffOf<S[K]>>>;
};

export function entriesOf<S extends Settings, P extends 'request' | 'recipe'>(settings: S, place: P): Entries<S, P> {
  return entries(settings, place, (setting) => setting[place], withoutOff) as Entries<S, P>;
}

/** The fields of a page's form: all of them are there, what is off with its value for that. */
export function formEntriesOf<S extends Settings>(
  settings: S,
): { readonly [K in NamesWith<S, 'form'>]: v.GenericSchema<unknown, ValueOf<S[K]>> } {
  return entries(
    settings,
    'form',
    () => 'always',
    (setting) => setting,
  ) as {
    [K in NamesWith<S, 'form'>]: v.GenericSchema<unknown, ValueOf<S[K]>>;
  };
}

function entries(
  settings: Settings,
  place: 'request' | 'recipe' | 'form',
  presence: (setting: Setting) => Presence | undefined,
  checkedAs: (setting: Setting) => Setting,
): object {
  return Object.fromEntries(
    namesWith(settings, place).map((name) => {
      const setting = settings[name];
      if (setting === undefined) throw new Error(`there is no setting ${String(name)}`);
      const schema = plainSchema(checkedAs(setting));
      return [name, presence(setting) === 'when-set' ? v.exactOptional(schema) : schema];
    }),
  );
}

/** What is not set is left out of requests and recipes, so its choice is none there. */
function withoutOff(setting: Setting): Setting {
  if (setting.kind !== 'choice' || setting.off === undefined) return setting;
  return { ...setting, choices: setting.choices.filter((choice) => choice !== setting.off) };
}

/** The first thing that is wrong: where, what was found and what was expected. `whole` names the object itself. */
export function problemOf([issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]], whole: string): string {
  const where = v.getDotPath(issue) ?? whole;
  const { received, message } = issue;
  if (issue.type === 'strict_object' && issue.expected === 'never') return `${where} is not known here`;
  if (received === 'undefined') return `${where} is missing`;
  // Our own messages say what was expected; valibot's name what was found as well.
  return message.startsWith('expected') ? `${where} is ${short(received)}; ${message}` : `${where}: ${short(message)}`;
}

/** A wrong value may be a whole book. */
function short(text: string): string {
  const most = 120;
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
