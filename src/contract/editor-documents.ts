/** What VS Code and the documents say of the settings: the manifest's `configuration`, its texts, and the table for people. */
import { EDITOR, SECTION } from './editor-settings';
import { namesWith, usualRange, type EditorSetting, type Setting } from './setting';

type Shown = Setting & { readonly editor: EditorSetting };

/** In VS Code's order. */
function shown(): Shown[] {
  const settings = namesWith(EDITOR, 'editor').map((name): Shown => EDITOR[name]);
  return settings.sort((a, b) => a.editor.order - b.editor.order);
}

/** `contributes.configuration.properties` of the manifest. */
export function configurationProperties(): Record<string, object> {
  return Object.fromEntries(shown().map((setting) => [`${SECTION}.${setting.editor.key}`, property(setting)]));
}

function property({ editor, ...setting }: Shown): object {
  const { key, scope, order } = editor;
  return {
    ...typeOf(setting, editor),
    default: setting.default,
    ...(scope === undefined ? {} : { scope }),
    order,
    markdownDescription: `%${textKey(key)}%`,
  };
}

function typeOf(setting: Setting, { key }: EditorSetting): object {
  switch (setting.kind) {
    case 'number': {
      const { least, most, whole = false } = usualRange(setting);
      return { type: whole ? 'integer' : 'number', minimum: least, maximum: most };
    }
    case 'text':
      return { type: 'string' };
    case 'switch':
      return { type: 'boolean' };
    case 'choice':
      return {
        type: 'string',
        enum: setting.choices,
        ...(textsOfValues(key).length === 0
          ? {}
          : { enumDescriptions: setting.choices.map((choice) => `%${valueKey(key, choice)}%`) }),
      };
  }
}

const textKey = (key: string): string => `config.${key}`;
/** VS Code looks up keys of letters, digits, points and hyphens only; "dpmsolver++" has others. */
const valueKey = (key: string, value: string): string => `${textKey(key)}.${value.replace(/[^\w.-]/g, '')}`;

function textsOfValues(key: string): readonly (readonly [string, string])[] {
  const setting = shown().find(({ editor }) => editor.key === key);
  return Object.entries(setting?.editor.values ?? {}).map(([value, text]) => [valueKey(key, value), text]);
}

/** The English texts of package.nls.json that belong to settings; their keys begin with "config.". */
export function configurationTexts(): Record<string, string> {
  return Object.fromEntries(
    shown().flatMap(({ editor: { key, description } }) => [[textKey(key), description], ...textsOfValues(key)]),
  );
}

/** The settings as a table in Markdown. */
export function settingsTable(): string {
  const rows = shown().map(
    (setting) => `| \`${SECTION}.${setting.editor.key}\` | ${defaultText(setting)} | ${meaning(setting)} |`,
  );
  return ['| setting | default | meaning |', '|---|---|---|', ...rows].join('\n');
}

function defaultText({ editor, default: value }: Shown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value === '' || value === undefined ? (editor.empty ?? '') : String(value);
}

function meaning({ editor, ...setting }: Shown): string {
  return setting.kind === 'choice' ? `${editor.description} One of ${setting.choices.join(', ')}.` : editor.description;
}
