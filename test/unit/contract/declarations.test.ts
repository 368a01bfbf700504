/** What must hold of every declared setting. */
import { describe, expect, it } from 'vitest';
import { DRAWING, LORA_WEIGHT } from '../../../src/contract/drawing-settings';
import { EDITOR } from '../../../src/contract/editor-settings';
import { carriedBy, namesWith, usualRange, type Setting, type Settings } from '../../../src/contract/setting';
import { DISTILLATION, DISTILLATION_OMEGA, TRAINING, TRAINING_SET } from '../../../src/contract/training-settings';
import { isWithin } from '../../../src/domain/range';

const ALL: Readonly<Record<string, Settings>> = {
  DRAWING,
  TRAINING,
  TRAINING_SET,
  DISTILLATION,
  DISTILLATION_OMEGA,
  EDITOR,
  LORA: { weight: LORA_WEIGHT },
};
const settings = Object.entries(ALL).flatMap(([group, declared]) =>
  Object.entries(declared).map(([name, setting]): [string, Setting] => [`${group}.${name}`, setting]),
);

const unique = (values: readonly unknown[]) => new Set(values).size === values.length;

describe('a declared setting', () => {
  it.each(settings)('%s offers no more than the engine can do, and its default is offered', (_, setting) => {
    if (setting.kind === 'choice' && setting.default !== undefined) expect(setting.choices).toContain(setting.default);
    if (setting.kind !== 'number') return;
    const { range, default: value, off, form } = setting;
    const usual = usualRange(setting);
    expect(usual.least).toBeGreaterThanOrEqual(range.least);
    expect(usual.most).toBeLessThanOrEqual(range.most);
    expect(usual.whole).toBe(range.whole);
    for (const shown of [value, off, ...(form?.offered ?? [])]) {
      if (shown !== undefined) expect(isWithin(shown, usual), String(shown)).toBe(true);
    }
  });

  it('has a VS Code key, a place in the list and an option of its own', () => {
    const editor = namesWith(EDITOR, 'editor').map((name) => EDITOR[name].editor);
    expect(unique(editor.map(({ key }) => key))).toBe(true);
    expect(unique(editor.map(({ order }) => order))).toBe(true);
    for (const declared of [DRAWING, { ...TRAINING, ...TRAINING_SET }, { ...DISTILLATION, ...DISTILLATION_OMEGA }]) {
      const flags = namesWith(declared as Settings, 'terminal').map(
        (name) => (declared as Settings)[name]?.terminal?.flags,
      );
      expect(unique(flags)).toBe(true);
    }
  });

  it('says what each of its choices means, where it says so of one', () => {
    for (const name of namesWith(EDITOR, 'editor')) {
      const setting: Setting = EDITOR[name];
      const values = setting.editor?.values;
      if (values !== undefined && setting.kind === 'choice') expect(Object.keys(values)).toEqual([...setting.choices]);
    }
  });

  it('is left out of requests and recipes where it is off or not there', () => {
    const values = { steps: 4, clipSkip: 0, count: 2 };
    expect(carriedBy(DRAWING, 'recipe', values)).toEqual({ steps: 4 });
    expect(carriedBy(DRAWING, 'request', { ...values, clipSkip: 2 })).toEqual({ steps: 4, count: 2, clipSkip: 2 });
  });
});
