import { describe, expect, it } from 'vitest';
import { TRAINING_DEFAULTS, trainingSettings, type TrainingSettings } from '../../../../src/engine/training/settings';

describe('settings of a training', () => {
  it('are the defaults where nothing is asked for', () => {
    expect(trainingSettings({})).toEqual(TRAINING_DEFAULTS);
    expect(trainingSettings({ rank: 3 })).toEqual({ ...TRAINING_DEFAULTS, rank: 3 });
  });

  const wrong: readonly (readonly [string, Partial<TrainingSettings>])[] = [
    ['rank is 0', { rank: 0 }],
    ['rank is 1.5', { rank: 1.5 }],
    ['rank is 2000', { rank: 2000 }],
    ['alpha is -1', { alpha: -1 }],
    ['learningRate is NaN', { learningRate: NaN }],
    ['learningRate is 2', { learningRate: 2 }],
    ['learningRate is 0', { learningRate: 0 }],
    ['steps is Infinity', { steps: Infinity }],
    ['steps is 0', { steps: 0 }],
    ['batchSize is 257', { batchSize: 257 }],
    ['accumulation is 0', { accumulation: 0 }],
    ['warmupSteps is -1', { warmupSteps: -1 }],
    ['seed is -1', { seed: -1 }],
    ['skip is 0', { skip: 0 }],
    ['firstSkip is 50', { firstSkip: 50, skip: 60 }],
    ['halveSkipEvery is 0', { halveSkipEvery: 0 }],
    ['start is 1', { start: 1 }],
    ['averageRate is 1', { averageRate: 1 }],
    ['clip is 0', { clip: 0 }],
    ['weightDecay is 2', { weightDecay: 2 }],
    ['checkpointEvery is 0', { checkpointEvery: 0 }],
    ['gaugeEvery is 0.5', { gaugeEvery: 0.5 }],
    ['probeEvery is 0', { probeEvery: 0 }],
    ['omega is [3, 1]', { omega: [3, 1] }],
    ['omega is [-1, 1]', { omega: [-1, 1] }],
    ['omega is [1, NaN]', { omega: [1, NaN] }],
    ['distance.c is 0', { distance: { kind: 'huber', c: 0 } }],
    ['weighting is "colour"', { weighting: 'colour' as 'picture' }],
    ['targets is ""', { targets: [] }],
    ['targets is "attention, walls"', { targets: ['attention', 'walls' as 'time'] }],
    ['blocks is ""', { blocks: [] }],
    ['blocks is "up, attic"', { blocks: ['up', 'attic' as 'down'] }],
  ];

  it.each(wrong)('are refused when %s, naming the range', (what, asked) => {
    expect(() => trainingSettings(asked)).toThrow(what);
    expect(() => trainingSettings(asked)).toThrow(/expected/);
    expect(() => trainingSettings(asked)).toThrow(expect.objectContaining({ code: 'bad-request' }) as Error);
  });

  it('take a clip of infinity for none', () => {
    expect(trainingSettings({ clip: Infinity }).clip).toBe(Infinity);
  });
});
