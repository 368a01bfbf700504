import { describe, expect, it } from 'vitest';
import { NoiseSchedule } from '../../../../src/engine/diffusion/schedule';
import { parseSchedulerConfig } from '../../../../src/engine/diffusion/scheduler-config';
import { pairsAt, skipAt } from '../../../../src/engine/training/shrinking-skip';

const schedule = new NoiseSchedule(parseSchedulerConfig({}, 'test', 'LCMScheduler'));

describe('the skipping step of a training', () => {
  it('is halved from its first to its last value in equal parts', () => {
    const settings = { firstSkip: 800, skip: 100, steps: 8 };
    const steps = Array.from({ length: 8 }, (_, step) => skipAt(settings, step));
    expect(steps).toEqual([800, 800, 400, 400, 200, 200, 100, 100]);
  });

  it('ends at its last value, whatever the first one is', () => {
    for (const [firstSkip, skip] of [
      [1000, 20],
      [50, 30],
      [20, 20],
    ] as const) {
      const settings = { firstSkip, skip, steps: 100 };
      expect(skipAt(settings, 0)).toBe(firstSkip);
      expect(skipAt(settings, 99)).toBe(skip);
      expect(skipAt(settings, 150)).toBe(skip);
    }
  });

  it('gives pairs so far apart, none of them in the part of the schedule where a style is not used', () => {
    const pairs = pairsAt(schedule, { firstSkip: 800, skip: 100, steps: 8, start: 0.2 });
    expect(pairs(0).map(({ end }) => end)).toEqual(Array.from({ length: 40 }, () => 0));
    expect(pairs(7)).toContainEqual({ start: 799, end: 699 });
    for (const step of [0, 3, 7]) expect(Math.max(...pairs(step).map(({ start }) => start))).toBe(799);
  });
});
