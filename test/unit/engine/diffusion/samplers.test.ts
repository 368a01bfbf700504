/**
 * DDIM and DPM-Solver++ against a case whose answer is known: for data ~ N(0, s²) the best prediction is linear, and the
 * probability-flow ODE keeps z / √(α² s² + σ²) constant.
 */
import { describe, expect, it } from 'vitest';
import { makeSampler } from '../../../../src/engine/diffusion/make-sampler';
import { NoiseSchedule } from '../../../../src/engine/diffusion/schedule';
import { parseSchedulerConfig } from '../../../../src/engine/diffusion/scheduler-config';

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

function errorOf(name: 'ddim' | 'dpmsolver++', steps: number): number {
  const { found, exact } = sampleWith(name, steps);
  return Math.max(...found.map((value, i) => Math.abs(value - (exact[i] ?? NaN))));
}

describe('samplers of ordinary diffusion models', () => {
  it.each(['ddim', 'dpmsolver++'] as const)(
    '%s comes closer to the exact answer with every doubling of the steps',
    (name) => {
      const errors = [8, 16, 32, 64, 128].map((steps) => errorOf(name, steps));
      errors.slice(1).forEach((error, i) => {
        expect(error).toBeLessThan(0.75 * (errors[i] ?? 0));
      });
      expect(errors.at(-1)).toBeLessThan(0.03);
    },
  );

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

  it('spaces timesteps as diffusers does', () => {
    const timesteps = (spacing: string, steps: number) =>
      makeSampler('ddim', newSchedule({ timestep_spacing: spacing, steps_offset: spacing === 'leading' ? 1 : 0 }), {
        steps,
        strength: 1,
      }).timesteps;
    expect(timesteps('leading', 5)).toEqual([801, 601, 401, 201, 1]);
    expect(timesteps('trailing', 5)).toEqual([999, 799, 599, 399, 199]);
    expect(timesteps('linspace', 4)).toEqual([999, 666, 333, 0]);
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

describe('scheduler_config.json', () => {
  it.each([
    ['beta_schedule', 'squaredcos_cap_v2'],
    ['prediction_type', 'flow'],
    ['rescale_betas_zero_snr', true],
    ['num_train_timesteps', 0],
  ])('names the field %s when its value %s is not supported', (field, value) => {
    expect(() => parseSchedulerConfig({ [field]: value }, 'scheduler_config.json')).toThrow(
      new RegExp(`scheduler_config.json: "${field}"`),
    );
  });

  it('refuses trained_betas of another length', () => {
    expect(() => parseSchedulerConfig({ trained_betas: [0.1, 0.2] }, 'scheduler_config.json')).toThrow(
      /2 entries, expected num_train_timesteps = 1000/,
    );
  });
});
