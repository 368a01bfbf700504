/** VS Code's settings file is typed by people and by older versions: every value is used, pulled into its range, or replaced, and that is said. */
import { describe, expect, it } from 'vitest';
import { configurationProperties } from '../../../src/contract/editor-documents';
import { settingsFrom } from '../../../src/contract/editor-settings';

const read = (set: Readonly<Record<string, unknown>>) => settingsFrom((key) => set[key]);

describe('the settings of VS Code', () => {
  it('have the defaults of the manifest where nothing is set', () => {
    const { settings, problems } = read({});
    expect(problems).toEqual([]);
    const defaults = Object.values(configurationProperties()).map(
      (property) => (property as { default: unknown }).default,
    );
    expect(Object.values(settings).sort()).toEqual(defaults.sort());
  });

  it('are taken as they are set', () => {
    const { settings, problems } = read({ steps: 8, guidance: 7.5, 'output.format': 'webp', previews: false });
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({ steps: 8, guidance: 7.5, format: 'webp', previews: false });
  });

  it.each([
    ['steps', 4000, { steps: 50 }, 'fourstep.steps is 4000; expected a whole number from 0 to 50. 50 is used.'],
    ['steps', 2.4, { steps: 2 }, 'fourstep.steps is 2.4; expected a whole number from 0 to 50. 2 is used.'],
    ['steps', '4', { steps: 0 }, 'fourstep.steps is "4"; expected a whole number from 0 to 50. 0 is used.'],
    ['guidance', -1, { guidance: 0 }, 'fourstep.guidance is -1; expected a number from 0 to 20. 0 is used.'],
    ['guidance', null, { guidance: 0 }, 'fourstep.guidance is null; expected a number from 0 to 20. 0 is used.'],
    ['variants', 99, { count: 16 }, 'fourstep.variants is 99; expected a whole number from 1 to 16. 16 is used.'],
    [
      'output.format',
      'gif',
      { format: 'png' },
      'fourstep.output.format is "gif"; expected one of png, webp, avif, jpeg, svg. "png" is used.',
    ],
    [
      'device',
      ['cpu'],
      { device: 'auto' },
      'fourstep.device is ["cpu"]; expected one of auto, cpu, cuda, dml, coreml, webgpu. "auto" is used.',
    ],
    ['previews', 'yes', { previews: true }, 'fourstep.previews is "yes"; expected true or false. true is used.'],
    ['model', 7, { model: '' }, 'fourstep.model is 7; expected a text. "" is used.'],
  ])('%s = %j cannot be used as it is, which is said', (key, value, used, problem) => {
    const { settings, problems } = read({ [key]: value });
    expect(settings).toMatchObject(used);
    expect(problems).toEqual([problem]);
  });
});
