/** LCM sampling without any model: timesteps, boundary condition and one worked step. Values from diffusers ≥ 0.24 and numpy. */
import { describe, expect, it } from 'vitest';
import { boundaryScalings, lcmSampler, lcmTimesteps } from '../../../../src/engine/sampling/lcm';
import { NoiseSchedule } from '../../../../src/engine/sampling/schedule';
import { parseSchedulerConfig } from '../../../../src/engine/sampling/scheduler-config';

function newSchedule(changes: object = {}): NoiseSchedule {
  return new NoiseSchedule(parseSchedulerConfig(changes, 'scheduler_config.json'));
}

describe('lcmTimesteps', () => {
  it.each([
    [1, [999]],
    [2, [999, 499]],
    [3, [999, 679, 339]],
    [4, [999, 759, 499, 259]],
    [6, [999, 839, 679, 499, 339, 179]],
    [8, [999, 879, 759, 639, 499, 379, 259, 139]],
  ])('spreads %i steps as diffusers ≥ 0.24 does', (steps, expected) => {
    expect(lcmTimesteps(newSchedule(), steps)).toEqual(expected);
  });

  it.each([
    [0.3, 2, [299, 159]],
    [0.3, 4, [299, 239, 159, 79]],
    [0.5, 4, [499, 379, 259, 139]],
    [0.8, 2, [799, 399]],
  ])('starts later with strength %d (%i steps)', (strength, steps, expected) => {
    expect(lcmTimesteps(newSchedule(), steps, strength)).toEqual(expected);
  });

  it('rounds the product of grid and strength as floating point has it', () => {
    expect(lcmTimesteps(newSchedule(), 1, 0.58)).toEqual([559]);
  });

  it('uses the whole grid, and refuses one step more', () => {
    expect(lcmTimesteps(newSchedule(), 50)).toHaveLength(50);
    expect(() => lcmTimesteps(newSchedule(), 51)).toThrow(/steps is 51; with strength 1 this model allows 1 to 50/);
    expect(() => lcmTimesteps(newSchedule(), 16, 0.3)).toThrow(/with strength 0.3 this model allows 1 to 15/);
  });

  it('refuses a strength that leaves nothing of the grid', () => {
    expect(() => lcmTimesteps(newSchedule(), 1, 0.01)).toThrow(/allows 1 to 0 .*more strength/);
  });

  it('follows the grid and the schedule of the file', () => {
    const changes = { num_train_timesteps: 100, original_inference_steps: 10 };
    expect(lcmTimesteps(newSchedule(changes), 2)).toEqual([99, 49]);
    expect(() => lcmTimesteps(newSchedule({ num_train_timesteps: 20 }), 1)).toThrow(
      /original_inference_steps is 50, more than the 20 timesteps/,
    );
  });
});

describe('boundaryScalings', () => {
  it('is the identity at timestep 0', () => {
    expect(boundaryScalings(0, 10)).toEqual({ cSkip: 1, cOut: 0 });
  });

  it('has the values of the paper', () => {
    const { cSkip, cOut } = boundaryScalings(19, 10);
    expect(cSkip).toBeCloseTo(6.925159e-6, 11);
    expect(cOut).toBeCloseTo(0.9999965374, 9);
    expect(boundaryScalings(1, 3).cOut).toBeCloseTo(0.9863939238, 9);
  });
});

describe('a run of the LCM sampler', () => {
  const picture = Float32Array.from([0.5, -1, 0]);
  const noise = Float32Array.from([1, 2, -3]);

  it('finds the picture in one step and asks for no noise', () => {
    const schedule = newSchedule();
    const sampler = lcmSampler(schedule, [999]);
    const step = sampler.start().step(0, noise, schedule.addNoise(picture, noise, 999), () => expect.fail('noise'));
    expect(step.denoised).toBeAllclose(picture, 1e-5);
    expect(step.sample).toBe(step.denoised);
  });

  it('noises the picture to the next timestep in between', () => {
    const schedule = newSchedule();
    const fresh = Float32Array.from([-1, 0.25, 4]);
    const { sample, denoised } = lcmSampler(schedule, [999, 499])
      .start()
      .step(0, noise, schedule.addNoise(picture, noise, 999), () => fresh);
    expect(denoised).toBeAllclose(picture, 1e-5);
    // √ᾱ and √(1 − ᾱ) at 499: 0.526944, 0.849900
    expect(sample).toBeAllclose([0.263472 - 0.8499, -0.526944 + 0.212475, 3.3996], 2e-5);
  });

  it('keeps a part of the sample near timestep 0', () => {
    const schedule = newSchedule({ timestep_scaling: 0.5 });
    const zeros = new Float32Array(1);
    const { denoised } = lcmSampler(schedule, [1])
      .start()
      .step(0, zeros, Float32Array.from([1]), () => zeros);
    // c_skip = c = 0.25 / (0.25 + 0.25), c_out = 0.5 / √0.5
    expect(denoised).toBeAllclose([0.5 + Math.SQRT1_2 / schedule.alpha(1)], 1e-6);
  });
});
