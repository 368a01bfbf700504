/**
 * The vocabulary in which a setting is declared once: what it may be, and where a user meets it. The request's type and check, the
 * terminal's option, the page's row, VS Code's setting with its documents, and the stored recipe all follow from the declaration.
 * Plain records without a library, so that the pages can read them.
 */
import type { NumberRange } from '../domain/range';

/** An option of the terminal. */
export interface TerminalOption {
  /** As commander reads it: "--steps <n>"; "--no-metadata" for a switch that is on by itself. */
  readonly flags: string;
  readonly help: string;
  /** What happens without it, where no value is assumed: "what suits the model". */
  readonly otherwise?: string;
  /** Where it differs from the setting's own. */
  readonly default?: number | string | boolean;
}

/** A setting of VS Code, with its line in the documents. */
export interface EditorSetting {
  /** Behind "fourstep.". */
  readonly key: string;
  /** Place in VS Code's list. */
  readonly order: number;
  /** VS Code's own; absent = "window". */
  readonly scope?: 'machine' | 'machine-overridable' | 'resource';
  /** Markdown. */
  readonly description: string;
  /** Of a choice: what each value means. */
  readonly values?: Readonly<Record<string, string>>;
  /** What an empty text stands for, for the table in the documents. */
  readonly empty?: string;
}

/** A row of a page; its label is the page's text of the same name as the setting. */
export interface FormRow {
  /** The prompt's own place, the line of small controls, or the part that is folded away. */
  readonly place: 'top' | 'line' | 'more';
  /** Several lines of text, one line, or a list of usual values. */
  readonly control: 'area' | 'field' | 'list';
  /** Characters that a field is wide. */
  readonly width?: number;
  /** Values of a list of numbers; one that is set elsewhere is added to it. A choice offers all of its own. */
  readonly offered?: readonly number[];
  /** What a choice's values are called; what is left to the model is the page's own text. */
  readonly titles?: Readonly<Record<string, string>>;
}

/** Whether something carries the setting always, or only where it was set to something else than `off`. */
export type Presence = 'always' | 'when-set';

interface Places {
  readonly terminal?: TerminalOption;
  readonly editor?: EditorSetting;
  readonly form?: FormRow;
  /** In the request to the worker, at its top level. */
  readonly request?: Presence;
  /** In the recipe that a picture carries. */
  readonly recipe?: Presence;
  /** Its name in the text that AUTOMATIC1111's web UI writes; `plus`: how far its count is from ours. */
  readonly parameter?: {
    readonly name: string;
    readonly plus?: number;
    readonly titles?: Readonly<Record<string, string>>;
  };
}

/** A setting without a default is left to whoever knows more: what suits the model, or the number of icons. */
export interface NumberSetting extends Places {
  readonly kind: 'number';
  readonly default?: number;
  /** What the engine can do. */
  readonly range: NumberRange;
  /** What pages and VS Code offer, where that is less. */
  readonly usual?: NumberRange;
  /** The value that stands for "not set". */
  readonly off?: number;
}

export interface TextSetting extends Places {
  readonly kind: 'text';
  readonly default: string;
}

export interface SwitchSetting extends Places {
  readonly kind: 'switch';
  readonly default: boolean;
}

export interface ChoiceSetting extends Places {
  readonly kind: 'choice';
  readonly default?: string;
  readonly choices: readonly string[];
  /** The choice that stands for "not set". */
  readonly off?: string;
}

export type Setting = NumberSetting | TextSetting | SwitchSetting | ChoiceSetting;
export type Settings = Readonly<Record<string, Setting>>;

/** Characters of a text; beyond this a request is refused before anything is done with it. A prompt of 100 KB is cut with a notice. */
export const LONGEST_TEXT = 1_000_000;

export type ValueOf<S extends Setting> = S extends NumberSetting
  ? number
  : S extends SwitchSetting
    ? boolean
    : S extends { readonly kind: 'choice'; readonly choices: readonly (infer C)[] }
      ? C
      : string;

/** The value of a choice that requests and recipes leave out. */
export type OffOf<S extends Setting> = S extends { readonly kind: 'choice'; readonly off: infer O } ? O : never;

export type Place = 'terminal' | 'editor' | 'form' | 'request' | 'recipe' | 'parameter';

/** Names of the settings that have that place. */
export type NamesWith<S extends Settings, P extends Place> = {
  [K in keyof S & string]: S[K] extends Readonly<Record<P, unknown>> ? K : never;
}[keyof S & string];

/** The settings of a place, with plain values. */
export type ValuesOf<S extends Settings, P extends Place> = {
  readonly [K in NamesWith<S, P>]: ValueOf<S[K]>;
};

/** Of `V`, what the request or the recipe carries. */
export type Carried<S extends Settings, P extends 'request' | 'recipe', V> = {
  readonly [K in keyof Pick<V, keyof V & NamesWith<S, P>>]: K extends keyof S ? Exclude<V[K], OffOf<S[K]>> : never;
};

export function namesWith<S extends Settings, P extends Place>(settings: S, place: P): NamesWith<S, P>[] {
  return Object.keys(settings).filter((name) => settings[name]?.[place] !== undefined) as NamesWith<S, P>[];
}

/** What a page or VS Code offers. */
export function usualRange({ range, usual = range }: NumberSetting): NumberRange {
  return usual;
}

/** Of `values`, those that the request or the recipe carries; what is off, or not there, is left out. */
export function carriedBy<S extends Settings, P extends 'request' | 'recipe', V extends Partial<ValuesOf<S, P>>>(
  settings: S,
  place: P,
  values: V,
): Carried<S, P, V> {
  const carried = namesWith(settings, place).filter((name) => {
    const value = (values as Readonly<Record<string, unknown>>)[name];
    const setting: Setting | undefined = settings[name];
    return value !== undefined && !(setting !== undefined && 'off' in setting && value === setting.off);
  });
  return Object.fromEntries(carried.map((name) => [name, values[name]])) as Carried<S, P, V>;
}

/** Of `values`, those of a place. */
export function valuesIn<S extends Settings, P extends Place>(
  settings: S,
  place: P,
  values: ValuesOf<S, P>,
): ValuesOf<S, P> {
  return Object.fromEntries(namesWith(settings, place).map((name) => [name, values[name]])) as ValuesOf<S, P>;
}

/** The defaults of a place's settings, which must all have one. */
export function defaultsOf<S extends Settings, P extends Place>(settings: S, place: P): ValuesOf<S, P> {
  const values = namesWith(settings, place).map((name) => {
    const value = settings[name]?.default;
    if (value === undefined) throw new Error(`the setting ${name} has no default`);
    return [name, value] as const;
  });
  return Object.fromEntries(values) as ValuesOf<S, P>;
}
