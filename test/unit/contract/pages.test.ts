import { describe, expect, it } from 'vitest';
import { parseFromGallery } from '../../../src/contract/gallery-page';
import { defaultPanel, parseFromPanel, restoredPanel } from '../../../src/contract/panel-page';

const settings = {
  prompt: 'a fox',
  negativePrompt: '',
  steps: 4,
  sampler: 'ddim',
  guidance: 3,
  clipSkip: 0,
  count: 4,
  seed: 1,
  size: 0,
  styles: [{ name: 'house', weight: 0.8 }],
};

describe('messages of the variants page', () => {
  it('are let through when they are ours', () => {
    for (const message of [
      { type: 'ready' },
      { type: 'stop' },
      { type: 'generate', settings },
      { type: 'save', indices: [0, 3] },
    ]) {
      expect(parseFromPanel(message)).toEqual(message);
    }
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'ready'],
    ['an unknown type', { type: 'eval', code: '1' }],
    ['a save of nothing', { type: 'save', indices: [] }],
    ['an index that is no number', { type: 'save', indices: ['../../x'] }],
    ['settings without a seed', { type: 'generate', settings: { ...settings, seed: undefined } }],
    ['guidance that is not finite', { type: 'generate', settings: { ...settings, guidance: Infinity } }],
    ['a prompt of a megabyte', { type: 'generate', settings: { ...settings, prompt: 'x'.repeat(1e6 + 1) } }],
  ])('are refused when they are %s', (_, message) => {
    expect(parseFromPanel(message)).toBeUndefined();
  });
});

describe('what the variants page kept over a reload', () => {
  const defaults = defaultPanel({ steps: 6, count: 2 }, 7);

  it('begins with the settings of VS Code', () => {
    expect(defaults).toMatchObject({
      prompt: '',
      steps: 6,
      count: 2,
      guidance: 0,
      sampler: 'auto',
      seed: 7,
      styles: [],
    });
  });

  it('comes back whole', () => {
    expect(restoredPanel({ settings, selected: [1] }, defaults)).toEqual({ settings });
  });

  it('comes back from an older version, with defaults for what that did not know', () => {
    const older = { prompt: 'a fox', negativePrompt: '', steps: 4, guidance: 3, count: 4, seed: 1, size: 0 };
    expect(restoredPanel({ settings: older }, defaults)).toEqual({
      settings: { ...settings, sampler: 'auto', styles: [] },
    });
  });

  it('comes back from another version without what is no longer known', () => {
    expect(restoredPanel({ settings: { ...settings, retired: true } }, defaults)).toEqual({ settings });
  });

  it.each([
    ['seed', 'seven', 'seed is "seven"; expected a whole number of at least 0'],
    ['guidance', 1000, 'guidance is 1000; expected a number from 0 to 100'],
    ['styles', [{ name: 'house', weight: 40 }], 'styles.0.weight is 40; expected a number from -10 to 10'],
  ])('is refused by name when %s is %j: the defaults are shown, not a mixture', (name, value, problem) => {
    expect(restoredPanel({ settings: { ...settings, [name]: value } }, defaults)).toEqual({
      settings: defaults,
      problem,
    });
  });

  it.each([undefined, null, 'text', {}, { settings: 7 }])('is nothing when it is %j', (saved) => {
    expect(restoredPanel(saved, defaults)).toEqual({ settings: defaults });
  });
});

describe('messages of the gallery page', () => {
  it('are let through when they are ours', () => {
    expect(parseFromGallery({ type: 'open', path: 'assets/a.png' })).toEqual({ type: 'open', path: 'assets/a.png' });
  });

  it.each([{ type: 'open' }, { type: 'open', path: '' }, { type: 'delete', path: 'x' }, null])(
    'are refused when they are not: %j',
    (message) => {
      expect(parseFromGallery(message)).toBeUndefined();
    },
  );
});
