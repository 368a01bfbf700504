import { describe, expect, it } from 'vitest';
import { boundaryScalings } from '../../../../src/engine/sampling/lcm';
import { NoiseSchedule } from '../../../../src/engine/sampling/schedule';
import { parseSchedulerConfig } from '../../../../src/engine/sampling/scheduler-config';
import { consistencyWeights, lossScale } from '../../../../src/engine/training/consistency';

const schedule = new NoiseSchedule(parseSchedulerConfig({ prediction_type: 'v_prediction' }, 'test', 'LCMScheduler'));

describe('the consistency function', () => {
  it('is the sample itself at t = 0', () => {
    const { sample, output } = consistencyWeights(schedule, 0);
    expect(sample).toBe(1);
    expect(output).toBeCloseTo(0, 12);
  });
});

describe('the weighting of the loss', () => {
  it('leaves pictures as they are', () => {
    expect([19, 499, 999].map((timestep) => lossScale('picture', schedule, timestep))).toEqual([1, 1, 1]);
  });

  it('turns a difference of pictures into one of velocities, at every time point', () => {
    for (const timestep of [19, 259, 499, 799, 999]) {
      const { output } = consistencyWeights(schedule, timestep);
      const { cOut } = boundaryScalings(timestep, schedule.config.timestepScaling);
      expect(lossScale('velocity', schedule, timestep) * output).toBeCloseTo(-cOut, 12);
    }
  });
});
