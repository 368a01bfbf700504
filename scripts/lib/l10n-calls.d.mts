/** Key and entry of the English bundle; an entry with a comment for translators is an object. */
export type L10nEntry = readonly [
  key: string,
  text: string | { readonly message: string; readonly comment: readonly string[] },
];
/** The texts that a source hands to VS Code for translation. Throws ScriptError with file and line. */
export function l10nCalls(file: string, source: string): L10nEntry[];
