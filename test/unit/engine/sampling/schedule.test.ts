/** The noise schedule against numbers worked out elsewhere (numpy, float64), and the algebra between z, x, ε and v. */
import { describe, expect, it } from 'vitest';
import { clipOriginal } from '../../../../src/engine/sampling/clipping';
import { NoiseSchedule, predictOriginal } from '../../../../src/engine/sampling/schedule';
import { parseSchedulerConfig } from '../../../../src/engine/sampling/scheduler-config';

function newSchedule(changes: object = {}): NoiseSchedule {
  return new NoiseSchedule(parseSchedulerConfig(changes, 'scheduler_config.json'));
}

describe('NoiseSchedule', () => {
  it("has Stable Diffusion's table by default", () => {
    const schedule = newSchedule();
    const found = [0, 19, 259, 499, 759, 999].map((timestep) => schedule.alphaCumprod(timestep));
    const expected = [0.99915, 0.9822439911, 0.6589755269, 0.2776696505, 0.0522129283, 0.0046600985];
    expect(found).toBeAllclose(expected, 1e-10);
  });

  it('has the linear table', () => {
    const schedule = newSchedule({ beta_schedule: 'linear', beta_start: 0.0001, beta_end: 0.02 });
    const found = [0, 499, 999].map((timestep) => schedule.alphaCumprod(timestep));
    expect(found).toBeAllclose([0.9999, 0.07858724288, 4.035829765e-5], 1e-10);
  });

  it('takes betas from the file', () => {
    const schedule = newSchedule({ num_train_timesteps: 3, trained_betas: [0.5, 0.2, 0.1] });
    expect(schedule.alphasCumprod).toBeAllclose([0.5, 0.4, 0.36], 1e-15);
  });

  it('works with a single timestep', () => {
    expect([...newSchedule({ num_train_timesteps: 1 }).alphasCumprod]).toHaveLength(1);
  });

  it('says what comes before timestep 0', () => {
    expect(newSchedule().alphaCumprod(-1)).toBe(1);
    const schedule = newSchedule({ set_alpha_to_one: false });
    expect(schedule.alphaCumprod(-1)).toBe(schedule.alphaCumprod(0));
  });

  it.each([1000, 0.5, NaN])('has no timestep %s', (timestep) => {
    expect(() => newSchedule().alphaCumprod(timestep)).toThrow(/outside 0 … 999/);
  });

  it.each([0, 259, 999])('finds the picture again from what each kind of model predicts at timestep %i', (timestep) => {
    const picture = Float32Array.from([-1.5, -0.2, 0, 0.7, 2]);
    const noise = Float32Array.from([0.3, -1.1, 2, 0.01, -0.6]);
    const sample = newSchedule().addNoise(picture, noise, timestep);
    const outputs = {
      epsilon: noise,
      v_prediction: newSchedule().velocity(picture, noise, timestep),
      sample: picture,
    };
    for (const [prediction, output] of Object.entries(outputs)) {
      const schedule = newSchedule({ prediction_type: prediction });
      expect(predictOriginal(schedule, output, sample, timestep), prediction).toBeAllclose(picture, 1e-5);
    }
  });
});

describe('clipping of the predicted picture', () => {
  const original = Float32Array.from([-3, -1.5, -0.5, 0, 0.25, 0.75, 2, 4]);
  const clip = (changes: object) => clipOriginal(original, newSchedule(changes).config);

  it('is off unless the file asks for it', () => {
    expect(clip({})).toBe(original);
  });

  it('clips at the range of the file', () => {
    expect([...clip({ clip_sample: true })]).toEqual([-1, -1, -0.5, 0, 0.25, 0.75, 1, 1]);
    expect([...clip({ clip_sample: true, clip_sample_range: 2 })]).toEqual([-2, -1.5, -0.5, 0, 0.25, 0.75, 2, 2]);
  });

  it('thresholds at the quantile of the picture itself, and scales down', () => {
    const thresholding = { thresholding: true, dynamic_thresholding_ratio: 0.9, sample_max_value: 10 };
    // numpy.quantile(|x|, 0.9) = 3.3
    const expected = [-0.9090909, -0.4545455, -0.1515152, 0, 0.0757576, 0.2272727, 0.6060606, 1];
    expect(clip(thresholding)).toBeAllclose(expected, 1e-6);
  });

  it('thresholds at most at sample_max_value and at least at 1', () => {
    const thresholding = { thresholding: true, dynamic_thresholding_ratio: 0.9 };
    expect([...clip({ ...thresholding, sample_max_value: 2 })]).toEqual([-1, -0.75, -0.25, 0, 0.125, 0.375, 1, 1]);
    const small = Float32Array.from([-0.5, 0.25]);
    const { config } = newSchedule({ ...thresholding, sample_max_value: 2 });
    expect([...clipOriginal(small, config)]).toEqual([-0.5, 0.25]);
  });

  it('leaves what it was given as it was', () => {
    const before = [...original];
    clip({ thresholding: true });
    clip({ clip_sample: true });
    expect([...original]).toEqual(before);
  });
});
