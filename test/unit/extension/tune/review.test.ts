import { describe, expect, it } from 'vitest';
import { changedIcons, chosenIcons, requestParts, reviewOf, withIcon } from '../../../../src/extension/tune/review';
import type { ScanIconsResult, TunePlan } from '../../../../src/contract/tune-api';

const scan: ScanIconsResult = {
  icons: [
    { id: 'bell.svg', group: '.', caption: 'bell', heldOut: false, thumbnail: '/t/0.png' },
    { id: 'key.svg', group: '.', caption: 'key', heldOut: true, thumbnail: '/t/1.png' },
    { id: 'sprite.svg#cart', group: 'sprite', caption: 'cart', heldOut: false },
  ],
  groups: [],
  skipped: [{ id: 'broken.svg', reason: 'is no SVG' }],
  styleWord: 'House icons',
  size: 64,
};
const settings = { rank: 8, alpha: 8, targets: [], learningRate: 1e-3, steps: 300, batchSize: 8, seed: 3 };
const plan: TunePlan = { settings, seconds: 60, memoryBytes: 1e9, measured: false };
const place = { folder: 'icons', modelLine: 'built-in · cpu', uriOf: (file: string) => `page:${file}` };
const review = reviewOf(scan, plan, place);

describe('the review', () => {
  it('begins with everything that was found, thumbnails by address', () => {
    expect(review.icons.map(({ uri }) => uri)).toEqual(['page:/t/0.png', 'page:/t/1.png', '']);
    expect(review.icons.every(({ excluded }) => !excluded)).toBe(true);
    expect(review.skipped).toEqual(scan.skipped);
  });

  it('proposes a name that can be a folder, no style words and the planned settings', () => {
    expect(review.form).toEqual({
      name: 'house-icons',
      styleWord: '',
      settings: { steps: 300, rank: 8, learningRate: 1e-3, seed: 3 },
    });
  });

  it('leaves out what the user excludes, and takes captions as edited', () => {
    const edited = withIcon(withIcon(review, { id: 'bell.svg', caption: ' doorbell ', excluded: false }), {
      id: 'sprite.svg#cart',
      caption: 'cart',
      excluded: true,
    });
    expect(chosenIcons(edited)).toEqual([
      { id: 'bell.svg', caption: 'doorbell', heldOut: false },
      { id: 'key.svg', caption: 'key', heldOut: true },
    ]);
    expect(changedIcons(edited, scan).map(({ id }) => id)).toEqual(['bell.svg', 'sprite.svg#cart']);
  });

  it('hands on what was typed; which name and folder come of it is decided elsewhere', () => {
    const typed = { ...review, form: { ...review.form, name: 'My Style', styleWord: ' words ' } };
    expect(requestParts(typed)).toMatchObject({ name: 'My Style', styleWord: ' words ', icons: chosenIcons(review) });
  });
});
