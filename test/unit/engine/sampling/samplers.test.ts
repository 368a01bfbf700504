/**
 * DDIM and DPM-Solver++ against a case whose answer is known: for data ~ N(0, s²) the best prediction is linear, and the
 * probability-flow ODE keeps z / √(α² s² + σ²) constant.
 */
import { describe, expect, it } from 'vitest';
import { makeSampler } from '../../../../src/engine/sampling/make-sampler';
import { NoiseSchedule } from '../../../../src/engine/sampling/schedule';
import { parseSchedulerConfig } from '../../../../src/engine/sampling/scheduler-config';

const DEVIATION = 0.7;
const START = Float32Array.from([-2.1, -0.4, 0.3, 1.7]);

function newSchedule(changes: object = {}): NoiseSchedule {
  return new NoiseSchedule(parseSchedulerConfig({ timestep_spacing: 'trailing', ...changes }, 'scheduler_config.json'));
}

/** ε of the best possible model. */
function bestNoise(schedule: NoiseSchedule, sample: Float32Array, timestep: number): Float32Array {
  const [alpha, sigma] = [schedule.alpha(timestep), schedule.sigma(timestep)];
  const variance = alpha ** 2 * DEVIATION ** 2 + sigma ** 2;
  return sample.map((value) => (sigma * value) / variance);
}

function sampleWith(name: 'ddim' | 'dpmsolver++', steps: number): { found: Float32Array; exact: Float32Array } {
  const schedule = newSchedule();
  const sampler = makeSampler(name, schedule, { steps, strength: 1 });
  const run = sampler.start();
  let sample: Float32Array = START;
  sampler.timesteps.forEach((timestep, index) => {
    sample = run.step(index, bestNoise(schedule, sample, timestep), sample, () =>
      expect.fail('no noise is needed'),
    ).sample;
  });
  const first = sampler.timesteps[0] ?? 0;
  const scale = Math.hypot(schedule.alpha(first) * DEVIATION, schedule.sigma(first));
  return { found: sample, exact: START.map((value) => (DEVIATION * value) / scale) };
}

/** Error relative to the exact path where the run arrives at timestep 199. */
function errorAt199(name: 'ddim' | 'dpmsolver++', steps: number): number {
  const schedule = newSchedule();
  const sampler = makeSampler(name, schedule, { steps, strength: 1 });
  const { timesteps } = sampler;
  const deviation = (timestep: number): number =>
    Math.hypot(schedule.alpha(timestep) * DEVIATION, schedule.sigma(timestep));
  const run = sampler.start();
  let sample: Float32Array = START;
  for (const [index, timestep] of timesteps.slice(0, timesteps.indexOf(199)).entries()) {
    ({ sample } = run.step(index, bestNoise(schedule, sample, timestep), sample, () => sample));
  }
  const ratio = deviation(199) / deviation(timesteps[0]!);
  return Math.max(...sample.map((value, i) => Math.abs(value - ratio * START[i]!)));
}

function errorOf(name: 'ddim' | 'dpmsolver++', steps: number): number {
  const { found, exact } = sampleWith(name, steps);
  return Math.max(...found.map((value, i) => Math.abs(value - (exact[i] ?? NaN))));
}

describe('samplers of ordinary diffusion models', () => {
  it.each(['ddim', 'dpmsolver++'] as const)('%s comes closer to the exact answer with more steps', (name) => {
    // DDIM's stride is whole, so only a divisor of 1000 takes it all the way.
    const errors = [8, 20, 40, 100, 200].map((steps) => errorOf(name, steps));
    errors.slice(1).forEach((error, i) => {
      expect(error).toBeLessThan(0.75 * (errors[i] ?? 0));
    });
    expect(errors.at(-1)).toBeLessThan(0.03);
  });

  it('DPM-Solver++ is more accurate than DDIM with the same number of steps', () => {
    for (const steps of [8, 16, 32]) expect(errorOf('dpmsolver++', steps)).toBeLessThan(errorOf('ddim', steps));
  });

  it.each(['ddim', 'dpmsolver++'] as const)('%s with one step gives the predicted picture itself', (name) => {
    const schedule = newSchedule();
    const sampler = makeSampler(name, schedule, { steps: 1, strength: 1 });
    const timestep = sampler.timesteps[0] ?? 0;
    const noise = bestNoise(schedule, START, timestep);
    const { denoised } = sampler.start().step(0, noise, START, () => expect.fail('no noise is needed'));
    const expected = START.map(
      (value, i) => (value - schedule.sigma(timestep) * (noise[i] ?? NaN)) / schedule.alpha(timestep),
    );
    expect(denoised).toBeAllclose(expected, 1e-4);
  });

  it.each([
    ['ddim', 1.7],
    ['dpmsolver++', 3],
  ] as const)('%s has its order: half the step divides the error on the way by at least %d', (name, factor) => {
    // The last step, to σ = 0, is of first order in both; the order shows where all runs pass timestep 199.
    const errors = [20, 40, 80].map((steps) => errorAt199(name, steps));
    errors.slice(1).forEach((error, i) => {
      expect((errors[i] ?? NaN) / error).toBeGreaterThan(factor);
    });
  });

  it('DDIM keeps picture and noise apart exactly when the model knows both', () => {
    const schedule = newSchedule();
    const noise = Float32Array.from([0.5, -1, 2, 0.1]);
    const sampler = makeSampler('ddim', schedule, { steps: 10, strength: 1 });
    const run = sampler.start();
    let sample = schedule.addNoise(START, noise, 999);
    sampler.timesteps.slice(0, 9).forEach((_, index) => {
      ({ sample } = run.step(index, noise, sample, () => expect.fail('no noise is needed')));
      expect(sample).toBeAllclose(schedule.addNoise(START, noise, sampler.timesteps[index + 1]!), 1e-4);
    });
    expect(run.step(9, noise, sample, () => sample).sample).toBeAllclose(START, 1e-4);
  });

  it('DDIM clips the picture it predicts and keeps the predicted noise', () => {
    const schedule = newSchedule({ clip_sample: true });
    const noise = Float32Array.from([0.5]);
    const sampler = makeSampler('ddim', schedule, { steps: 2, strength: 1 });
    const { sample, denoised } = sampler
      .start()
      .step(0, noise, schedule.addNoise(Float32Array.from([3]), noise, 999), () => noise);
    expect([...denoised]).toEqual([1]);
    expect(sample).toBeAllclose([schedule.alpha(499) + schedule.sigma(499) * 0.5], 1e-6);
  });

  // Computed with numpy as diffusers' set_timesteps does; the 16 and 7 steps fall on halves.
  it.each([
    ['ddim', 'leading', 1, [831, 665, 499, 333, 167, 1]],
    ['ddim', 'trailing', 0, [999, 799, 599, 399, 199]],
    ['ddim', 'trailing', 0, [999, 937, 874, 811, 749, 687, 624, 561, 499, 437, 374, 311, 249, 187, 124, 61]],
    ['ddim', 'linspace', 0, [999, 832, 666, 500, 333, 166, 0]],
    ['ddim', 'linspace', 0, [0]],
    ['dpmsolver++', 'leading', 1, [801, 601, 401, 201]],
    ['dpmsolver++', 'trailing', 0, [999, 799, 599, 399, 199]],
    ['dpmsolver++', 'linspace', 0, [999, 832, 666, 500, 333, 166]],
    ['dpmsolver++', 'linspace', 0, [999]],
  ] as const)('%s spaces timesteps as diffusers does: %s with offset %i', (name, spacing, offset, expected) => {
    const schedule = newSchedule({ timestep_spacing: spacing, steps_offset: offset });
    expect(makeSampler(name, schedule, { steps: expected.length, strength: 1 }).timesteps).toEqual(expected);
  });

  it.each(['ddim', 'dpmsolver++'] as const)('%s never visits a timestep twice or one outside the schedule', (name) => {
    for (const spacing of ['leading', 'trailing', 'linspace']) {
      const schedule = newSchedule({ timestep_spacing: spacing, steps_offset: 1 });
      for (const steps of [1, 2, 3, 7, 50, 333, 998]) {
        const { timesteps } = makeSampler(name, schedule, { steps, strength: 1 });
        const falls = timesteps.every((timestep, i) => i === 0 || timestep < timesteps[i - 1]!);
        expect(falls && timesteps[0]! <= 999 && timesteps.at(-1)! >= 0, `${spacing}, ${steps} steps`).toBe(true);
        expect(timesteps).toHaveLength(steps);
      }
    }
  });

  it('keeps the last part of the timesteps for image→image', () => {
    const sampler = makeSampler('ddim', newSchedule(), { steps: 10, strength: 0.3 });
    expect(sampler.timesteps).toEqual([299, 199, 99]);
    expect(() => makeSampler('ddim', newSchedule(), { steps: 2, strength: 0.3 })).toThrow(
      /strength 0.3 leaves none of 2 steps/,
    );
  });

  it('refuses numbers of steps that the schedule does not have', () => {
    for (const steps of [0, -1, 1001, 2.5, NaN])
      expect(() => makeSampler('ddim', newSchedule(), { steps, strength: 1 })).toThrow(/whole number from 1 to 1000/);
  });

  it('refuses steps that the offset pushes onto each other', () => {
    const crowded = newSchedule({ timestep_spacing: 'leading', steps_offset: 300 });
    expect(() => makeSampler('dpmsolver++', crowded, { steps: 10, strength: 1 })).toThrow(/steps_offset 300 .*fewer/);
    const full = newSchedule({ timestep_spacing: 'leading', steps_offset: 1 });
    expect(() => makeSampler('ddim', full, { steps: 1000, strength: 1 })).toThrow(/too few timesteps/);
  });

  it('gives runs of the same sampler their own state', () => {
    const schedule = newSchedule();
    const sampler = makeSampler('dpmsolver++', schedule, { steps: 4, strength: 1 });
    const [a, b] = [sampler.start(), sampler.start()];
    const step = (run: typeof a, index: number, sample: Float32Array) =>
      run.step(index, bestNoise(schedule, sample, sampler.timesteps[index] ?? 0), sample, () => sample).sample;
    const first = step(a, 0, START);
    step(
      b,
      0,
      START.map((value) => -3 * value),
    );
    step(b, 1, START);
    const alone = sampler.start();
    expect(step(a, 1, first)).toEqual(step(alone, 1, step(alone, 0, START)));
  });
});
