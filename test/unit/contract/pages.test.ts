import { describe, expect, it } from 'vitest';
import { parseFromGallery } from '../../../src/contract/gallery-page';
import { parseFromPanel } from '../../../src/contract/panel-page';

const settings = {
  prompt: 'a fox',
  negativePrompt: '',
  steps: 4,
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
