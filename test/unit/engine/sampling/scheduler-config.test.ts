/** scheduler_config.json: what is refused, and that refusals name the field. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/domain/errors';
import { configForClass, parseSchedulerConfig } from '../../../../src/engine/sampling/scheduler-config';

const parse = (json: unknown, className?: string) => parseSchedulerConfig(json, 'scheduler_config.json', className);

describe('scheduler_config.json', () => {
  it('may be empty: the defaults are those of LCMScheduler', () => {
    expect(parse({})).toMatchObject({
      className: 'LCMScheduler',
      numTrainTimesteps: 1000,
      betaSchedule: 'scaled_linear',
      betaStart: 0.00085,
      betaEnd: 0.012,
      predictionType: 'epsilon',
      clipSample: false,
      setAlphaToOne: true,
      originalInferenceSteps: 50,
      timestepScaling: 10,
    });
  });

  it("takes the class from model_index.json, not from the file's own note of who wrote it", () => {
    expect(parse({ _class_name: 'PNDMScheduler' }, 'LCMScheduler').className).toBe('LCMScheduler');
    expect(parse({ _class_name: 'PNDMScheduler' }).className).toBe('PNDMScheduler');
  });

  it.each(['FlowMatchEulerDiscreteScheduler', 'EDMEulerScheduler', 'constructor'])(
    'refuses %s, whose noise is another',
    (name) => {
      expect(() => parse({ _class_name: name })).toThrow(`the scheduler is "${name}", which Fourstep does not support`);
      expect(() => parse({}, name)).toThrow(`the scheduler is "${name}"`);
    },
  );

  it.each([
    ['beta_schedule', 'sigmoid', 'unsupported'],
    ['prediction_type', 'flow_prediction', 'unsupported'],
    ['timestep_spacing', 'karras', 'unsupported'],
    ['variance_type', 'learned_range', 'unsupported'],
    ['num_train_timesteps', 0, 'bad-checkpoint'],
    ['num_train_timesteps', 1e9, 'bad-checkpoint'],
    ['num_train_timesteps', 10.5, 'bad-checkpoint'],
    ['beta_start', 0, 'bad-checkpoint'],
    ['beta_end', 1, 'bad-checkpoint'],
    ['beta_end', Infinity, 'bad-checkpoint'],
    ['beta_end', '0.012', 'bad-checkpoint'],
    ['original_inference_steps', 0, 'bad-checkpoint'],
    ['timestep_scaling', Infinity, 'bad-checkpoint'],
    ['clip_sample_range', -1, 'bad-checkpoint'],
    ['dynamic_thresholding_ratio', 1.5, 'bad-checkpoint'],
    ['steps_offset', -1, 'bad-checkpoint'],
  ])('refuses "%s": %j by name (%s)', (field, value, code) => {
    expect(() => parse({ [field]: value })).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(`scheduler_config.json: "${field}"`) }),
    );
  });

  it('refuses trained_betas outside 0 … 1 and of another length', () => {
    expect(() => parse({ num_train_timesteps: 2, trained_betas: [0.1, 2] })).toThrow(/"trained_betas/);
    expect(() => parse({ trained_betas: [0.1, 0.2] })).toThrow(/2 entries, expected num_train_timesteps = 1000/);
  });

  it.each([null, 7, 'x', []])('refuses %j, which is no object', (json) => {
    expect(() => parse(json)).toThrow(/expected a JSON object/);
  });

  it('never fails in any other way, whatever the file holds', () => {
    const fields = Object.keys({
      _class_name: 0,
      num_train_timesteps: 0,
      beta_schedule: 0,
      beta_start: 0,
      beta_end: 0,
      trained_betas: 0,
      prediction_type: 0,
      clip_sample_range: 0,
      original_inference_steps: 0,
      timestep_spacing: 0,
    });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...fields), fc.jsonValue()), (json) => {
        try {
          parse(json);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('fields of samplers', () => {
  it('are followed where there is a sampler for them', () => {
    const config = {
      use_karras_sigmas: true,
      solver_order: 3,
      algorithm_type: 'sde-dpmsolver++',
      final_sigmas_type: 'sigma_min',
      euler_at_final: true,
    };
    expect(parse(config, 'DPMSolverMultistepScheduler')).toMatchObject({
      ignored: [],
      solver: { karrasSigmas: true, order: 3, stochastic: true, finalSigma: 'sigma_min', eulerAtFinal: true },
    });
  });

  it('that would change the picture and are not followed are remembered by name', () => {
    const config = { use_lu_lambdas: true, algorithm_type: 'dpmsolver', lambda_min_clipped: -5.1 };
    expect(parse(config, 'DPMSolverMultistepScheduler').ignored).toEqual([
      'use_lu_lambdas = true',
      'algorithm_type = "dpmsolver"',
      'lambda_min_clipped = -5.1',
    ]);
  });

  it('of a class without a sampler begin with its name', () => {
    expect(parse({}, 'KDPM2DiscreteScheduler').ignored).toEqual(['_class_name = "KDPM2DiscreteScheduler"']);
  });

  it('as diffusers writes them by default are nothing to speak of', () => {
    const config = {
      solver_order: 2,
      solver_type: 'midpoint',
      lambda_min_clipped: -Infinity,
      use_karras_sigmas: false,
    };
    expect(parse(config, 'DPMSolverMultistepScheduler').ignored).toEqual([]);
  });

  it('that are left out are the defaults of the class, also for a sampler that the user chose', () => {
    expect(parse({}, 'DDIMScheduler').timestepSpacing).toBe('leading');
    expect(parse({}, 'EulerDiscreteScheduler').timestepSpacing).toBe('linspace');
    const pndm = parse({}, 'PNDMScheduler');
    expect(configForClass(pndm, 'DPMSolverMultistepScheduler').timestepSpacing).toBe('linspace');
    const stated = parse({ timestep_spacing: 'trailing', beta_start: 0.001 }, 'PNDMScheduler');
    expect(configForClass(stated, 'DEISMultistepScheduler')).toMatchObject({
      className: 'DEISMultistepScheduler',
      timestepSpacing: 'trailing',
      betaStart: 0.001,
      solver: { finalSigma: 'sigma_min' },
    });
    expect(configForClass(stated, 'PNDMScheduler')).toBe(stated);
  });
});
