import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFromTunePage, remembered } from '../../../src/contract/tune-page';

const form = {
  name: 'house',
  styleWord: 'house style',
  settings: { steps: 400, rank: 8, learningRate: 1e-3, seed: 0 },
};

describe('messages of the fine-tuning page', () => {
  it.each([
    { type: 'ready' },
    { type: 'start' },
    { type: 'edit-icon', id: 'a/b.svg#c', caption: 'a bell', excluded: true },
    { type: 'edit-form', form },
  ])('understands $type', (message) => {
    expect(parseFromTunePage(message)).toEqual(message);
  });

  it.each([
    ['another type', { type: 'delete-everything' }],
    ['a caption of a book', { type: 'edit-icon', id: 'a', caption: 'x'.repeat(10_001), excluded: false }],
    ['no steps', { type: 'edit-form', form: { ...form, settings: { ...form.settings, steps: 0 } } }],
    ['half a step', { type: 'edit-form', form: { ...form, settings: { ...form.settings, steps: 1.5 } } }],
    [
      'a learning rate that is none',
      { type: 'edit-form', form: { ...form, settings: { ...form.settings, learningRate: NaN } } },
    ],
    ['a name that is none', { type: 'edit-form', form: { ...form, name: 7 } }],
  ])('drops %s', (_name, message) => {
    expect(parseFromTunePage(message)).toBeUndefined();
  });

  it('takes anything without throwing', () => {
    fc.assert(
      fc.property(fc.anything(), (message) => {
        expect(() => parseFromTunePage(message)).not.toThrow();
      }),
    );
  });
});

describe('what the fine-tuning page kept over a reload', () => {
  it.each([{ folder: '/icons' }, { folder: '/icons', styleDir: '/repo/.fourstep/styles/house' }])(
    '%j is read',
    (saved) => {
      expect(remembered(saved)).toEqual(saved);
    },
  );

  it.each([undefined, {}, { folder: '' }, { folder: 7 }, { folder: '/icons', styleDir: 7 }])(
    '%j is taken for nothing, not for a half',
    (saved) => {
      expect(remembered(saved)).toBeUndefined();
    },
  );
});
