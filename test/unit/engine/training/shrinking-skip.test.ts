import { describe, expect, it } from 'vitest';
import { NoiseSchedule } from '../../../../src/engine/sampling/schedule';
import { parseSchedulerConfig } from '../../../../src/engine/sampling/scheduler-config';
import { pairsAt, skipAt } from '../../../../src/engine/training/shrinking-skip';

const schedule = new NoiseSchedule(parseSchedulerConfig({}, 'test', 'LCMScheduler'));

describe('the skipping step of a training', () => {
  it('is halved every so many steps, down to its last value', () => {
    const settings = { firstSkip: 800, skip: 100, halveSkipEvery: 2 };
    const skips = Array.from({ length: 10 }, (_, step) => skipAt(settings, step));
    expect(skips).toEqual([800, 800, 400, 400, 200, 200, 100, 100, 100, 100]);
  });

  it('stays what it is when the first value is the last', () => {
    const settings = { firstSkip: 20, skip: 20, halveSkipEvery: 50 };
    expect([0, 49, 50, 1000].map((step) => skipAt(settings, step))).toEqual([20, 20, 20, 20]);
  });

  it('does not fall below its last value', () => {
    expect(skipAt({ firstSkip: 50, skip: 30, halveSkipEvery: 1 }, 1)).toBe(30);
  });

  it('gives pairs so far apart, none of them in the part of the schedule where a style is not used', () => {
    const pairs = pairsAt(schedule, { firstSkip: 800, skip: 100, halveSkipEvery: 2, start: 0.2 });
    expect(pairs(0).map(({ end }) => end)).toEqual(Array.from({ length: 40 }, () => 0));
    expect(pairs(7)).toContainEqual({ start: 799, end: 699 });
    for (const step of [0, 3, 7]) expect(Math.max(...pairs(step).map(({ start }) => start))).toBe(799);
  });
});
