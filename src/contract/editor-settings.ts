/** All settings of VS Code: those of drawing and training, and those of the extension itself. `npm run settings` writes them out. */
import { isWithin, pulledInto, rangeText } from '../domain/range';
import { OLDEST_NODE } from '../domain/version';
import { DRAWING } from './drawing-settings';
import { namesWith, usualRange, type Setting, type Settings, type ValuesOf } from './setting';
import { TRAINING_SET } from './training-settings';

export const SECTION = 'fourstep';

export const EXTENSION = {
  outputFolder: {
    kind: 'text',
    default: '',
    editor: {
      key: 'output.folder',
      order: 10,
      scope: 'resource',
      description:
        'Folder for saved pictures, from the workspace root. Empty = the nearest folder called assets, images, img, icons, media, pictures, static or public, else `images` beside the document.',
      empty: 'nearest assets folder',
    },
  },
  workerIdleMinutes: {
    kind: 'number',
    default: 10,
    range: { least: 0.05, most: 1440 },
    editor: {
      key: 'worker.idleMinutes',
      order: 21,
      scope: 'machine',
      description: 'Minutes without a job after which the worker process ends and frees its memory.',
    },
  },
  workerNodePath: {
    kind: 'text',
    default: '',
    editor: {
      key: 'worker.nodePath',
      order: 22,
      scope: 'machine',
      description: `Another Node.js executable (${OLDEST_NODE.major}.${OLDEST_NODE.minor} or newer) for the worker process. Empty = the one VS Code runs on. Useful on desktops where Electron limits very large allocations.`,
      empty: 'the one VS Code runs on',
    },
  },
  modelsOffline: {
    kind: 'switch',
    default: false,
    editor: {
      key: 'models.offline',
      order: 23,
      scope: 'machine',
      description: 'Nothing is fetched from the hub: no model is searched for or installed. What is there can be used.',
    },
  },
  modelsEndpoint: {
    kind: 'text',
    default: '',
    editor: {
      key: 'models.endpoint',
      order: 24,
      scope: 'machine',
      description:
        'Address of the hub, or of a mirror of it, that models are installed from. Empty = `HF_ENDPOINT`, or the hub itself.',
      empty: '`HF_ENDPOINT`, or the hub',
    },
  },
} as const satisfies Settings;

export const EDITOR = { ...DRAWING, ...TRAINING_SET, model: DRAWING.model, ...EXTENSION };

export type EditorSettings = ValuesOf<typeof EDITOR, 'editor'>;

export interface ReadSettings {
  readonly settings: EditorSettings;
  /** What was set and cannot be used, each in a sentence that names the setting and says what is used instead. */
  readonly problems: readonly string[];
}

/** `get` gives what is set under a key behind "fourstep.", whatever it is; undefined = nothing. */
export function settingsFrom(get: (key: string) => unknown): ReadSettings {
  const problems: string[] = [];
  const values = namesWith(EDITOR, 'editor').map((name) => {
    const setting: Setting & { readonly editor: { readonly key: string } } = EDITOR[name];
    const found = get(setting.editor.key);
    const used = found === undefined ? setting.default : usable(setting, found);
    if (found !== undefined && used !== found) {
      const expected = expectedText(setting);
      problems.push(
        `${SECTION}.${setting.editor.key} is ${JSON.stringify(found)}; expected ${expected}. ${JSON.stringify(used)} is used.`,
      );
    }
    return [name, used];
  });
  return { settings: Object.fromEntries(values) as EditorSettings, problems };
}

/** The value itself, the nearest one of its range, or the default. */
function usable(setting: Setting, found: unknown): unknown {
  switch (setting.kind) {
    case 'number': {
      const range = usualRange(setting);
      return isWithin(found, range) ? found : pulledInto(range, found, setting.default ?? range.least);
    }
    case 'choice':
      return setting.choices.some((choice) => choice === found) ? found : setting.default;
    case 'text':
      return typeof found === 'string' ? found : setting.default;
    case 'switch':
      return typeof found === 'boolean' ? found : setting.default;
  }
}

function expectedText(setting: Setting): string {
  switch (setting.kind) {
    case 'number':
      return rangeText(usualRange(setting));
    case 'choice':
      return `one of ${setting.choices.join(', ')}`;
    case 'text':
      return 'a text';
    case 'switch':
      return 'true or false';
  }
}
