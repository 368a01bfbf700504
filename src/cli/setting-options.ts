/** Options that come of declared settings, and the settings that come of what was typed. */
import { Option, type Command } from 'commander';
import {
  namesWith,
  type NamesWith,
  type Setting,
  type Settings,
  type TerminalOption,
  type ValueOf,
} from '../contract/setting';
import { numberIn } from './values';

type Declared = Setting & { readonly terminal: TerminalOption };

/** Reads a value in a way of its own, such as "512x768". */
type Parser = (text: string) => unknown;

export function optionOf({ terminal, ...setting }: Declared, parser?: Parser): Option {
  const otherwise = terminal.otherwise === undefined ? '' : ` (default: ${terminal.otherwise})`;
  const option = new Option(terminal.flags, `${terminal.help}${otherwise}`);
  if (setting.kind === 'choice') option.choices(setting.choices);
  if (parser !== undefined) option.argParser(parser);
  else if (setting.kind === 'number') option.argParser(numberIn(setting.range));
  // A switch that is on is written as "--no-…", which commander takes for its default.
  if (terminal.otherwise !== undefined || setting.kind === 'switch') return option;
  const value = terminal.default ?? setting.default;
  return value === undefined ? option : option.default(value);
}

/** Adds an option for every setting that has one, in the order of their declarations. */
export function addSettings(
  command: Command,
  settings: Settings,
  parsers: Readonly<Record<string, Parser>> = {},
): Command {
  for (const name of namesWith(settings, 'terminal')) {
    command.addOption(optionOf(settings[name] as Declared, parsers[name]));
  }
  return command;
}

/** Names of the settings that have a value also when nothing is typed. */
type Assumed<S extends Settings> = {
  [K in NamesWith<S, 'terminal'>]: S[K] extends { readonly terminal: { readonly otherwise: string } }
    ? never
    : S[K] extends { readonly default: unknown }
      ? K
      : never;
}[NamesWith<S, 'terminal'>];

export type TypedSettings<S extends Settings> = {
  readonly [K in Assumed<S>]: ValueOf<S[K]>;
} & { readonly [K in Exclude<NamesWith<S, 'terminal'>, Assumed<S>>]?: ValueOf<S[K]> };

/** The settings in what commander has read with the options of `addSettings`. */
export function typedSettings<S extends Settings>(settings: S, options: object): TypedSettings<S> {
  const read = options as Readonly<Record<string, unknown>>;
  const values = namesWith(settings, 'terminal').flatMap((name) => {
    const value = read[new Option((settings[name] as Declared).terminal.flags).attributeName()];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(values) as TypedSettings<S>;
}
