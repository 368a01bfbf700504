/** The record of a training that is not finished: it lies in a repository, and older versions have written it. */
import { describe, expect, it } from 'vitest';
import { parseSavedTraining, type SavedTraining } from '../../../src/contract/tune-api';

const record: SavedTraining = {
  kind: 'style',
  modelId: 'icons-v1',
  currentColor: '#1f2328',
  icons: [{ id: 'bell.svg', caption: 'bell', heldOut: false }],
  name: 'house',
  styleWord: '',
  probes: ['rocket'],
  settings: { steps: 600, rank: 8, targets: ['attention'], omega: [0, 0] },
};

describe('the record of a training', () => {
  it('is read back as it was written', () => {
    expect(parseSavedTraining(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  it.each([
    ['of an older version, without its kind', { ...record, kind: undefined }, 'kind is missing'],
    ['with a path that it has no say in', { ...record, styleDir: '/etc' }, 'styleDir is not known here'],
    [
      'with a rank out of its range',
      { ...record, settings: { rank: 9999 } },
      'settings.rank is 9999; expected a whole number',
    ],
    [
      'with a setting of a later version',
      { ...record, settings: { sharpness: 1 } },
      'settings.sharpness is not known here',
    ],
    ['with a target that is none', { ...record, settings: { targets: ['walls'] } }, 'settings.targets.0: '],
    [
      'with an icon without a caption',
      { ...record, icons: [{ id: 'a', heldOut: true }] },
      'icons.0.caption is missing',
    ],
    ['that is a list', [], 'modelId is missing'],
    ['that is a text', 'record', 'the record: '],
  ])('%s is refused by name', (_, value, problem) => {
    expect(() => parseSavedTraining(value)).toThrow(problem);
    expect(() => parseSavedTraining(value)).toThrow(expect.objectContaining({ code: 'bad-checkpoint' }) as Error);
  });
});
