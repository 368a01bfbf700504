/** Every sampler against diffusers' schedulers: tables, timesteps, what the model is shown, and the sample after every call. */
import { describe, expect, it } from 'vitest';
import { ddimSampler } from '../../../../src/engine/sampling/ddim';
import { makeSampler, samplerOfClass, SAMPLER_CLASSES } from '../../../../src/engine/sampling/make-sampler';
import type { Sampler } from '../../../../src/engine/sampling/sampler';
import { NoiseSchedule } from '../../../../src/engine/sampling/schedule';
import { parseSchedulerConfig } from '../../../../src/engine/sampling/scheduler-config';
import { tcdSampler } from '../../../../src/engine/sampling/tcd';
import { golden2, rows } from '../../../support/golden';

interface Case {
  readonly name: string;
  readonly scheduler: string;
  readonly config: object;
  readonly num_inference_steps: number;
  readonly timesteps: number[];
  readonly begin_index: number;
  readonly model_calls: number;
  readonly eta?: number;
  readonly strength?: number;
}

const groups = golden2.isPresent
  ? (golden2.json('schedulers2/cases.json') as Readonly<Record<string, readonly Case[]>>)
  : {};
const cases = Object.entries(groups).flatMap(([group, list]) =>
  list.map((each) => ({ ...each, group, title: `${group}/${each.name}` })),
);

function samplerOf({ scheduler, config, num_inference_steps: steps, begin_index, eta, ...facts }: Case): Sampler {
  const schedule = new NoiseSchedule(parseSchedulerConfig(config, 'scheduler_config.json', scheduler));
  const name = samplerOfClass(scheduler);
  expect(SAMPLER_CLASSES[name]).toBe(scheduler);
  // Heun's list has every timestep but the first twice.
  const skipped = name === 'heun' ? begin_index / 2 : begin_index;
  const strength = facts.strength ?? (steps - skipped) / steps;
  if (name === 'ddim' && eta !== undefined) return ddimSampler(schedule, { steps, strength, eta });
  if (name === 'tcd' && eta !== undefined) return tcdSampler(schedule, { steps, strength, eta });
  return makeSampler(name, schedule, { steps, strength });
}

describe.skipIf(!golden2.isPresent)('golden samplers (FOURSTEP_GOLDEN2)', () => {
  it('have the tables of all beta schedules', async () => {
    const tables = await golden2.tensors('schedulers2/tables.safetensors');
    const { config } = groups['ddim']![0]!;
    const fields: Readonly<Record<string, object>> = {
      linear: { beta_schedule: 'linear', beta_start: 0.0001, beta_end: 0.02 },
      zero_snr: { rescale_betas_zero_snr: true },
      zero_snr_cosine: { beta_schedule: 'squaredcos_cap_v2', rescale_betas_zero_snr: true },
    };
    for (const name of tables.names) {
      const kind = name.replace('alphas_cumprod.', '');
      const changes = fields[kind] ?? { beta_schedule: kind };
      const parsed = parseSchedulerConfig({ ...config, ...changes }, 'tables', 'DDIMScheduler');
      expect(new NoiseSchedule(parsed).alphasCumprod, kind).toBeAllclose(
        tables.float(name).data,
        tables.tolerance(name),
      );
    }
  });

  it.each(cases)('$title', async (each) => {
    const io = await golden2.tensors(`schedulers2/${each.group}.safetensors`);
    const inputs = await golden2.tensors('schedulers2/inputs.safetensors');
    const sampler = samplerOf(each);
    expect(sampler.timesteps).toHaveLength(each.model_calls);
    const at = (name: string): string => `${each.name}.${name}`;
    expect(sampler.timesteps).toBeAllclose(io.float(at('timesteps')).data, io.tolerance(at('timesteps')));
    if (io.has(at('init_noise_sigma'))) {
      expect([sampler.startScale]).toBeAllclose(
        io.float(at('init_noise_sigma')).data,
        io.tolerance(at('init_noise_sigma')),
      );
    }
    const noises = inputs.float('noise');
    const last = rows(noises, (noises.shape[0] ?? 1) - 1, 1).data;
    const fromPicture = io.has(at('noisy'));
    let sample = fromPicture
      ? sampler.noised(inputs.float('image').data, last)
      : inputs.float('x').data.map((value) => value * sampler.startScale);
    if (fromPicture) expect(sample, 'noisy').toBeAllclose(io.float(at('noisy')).data, io.tolerance(at('noisy')));
    const run = sampler.start();
    let drawn = 0;
    sampler.timesteps.forEach((_, call) => {
      if (io.has(at('model_inputs'))) {
        const shown = sample.map((value) => value * sampler.inputScale(call));
        const expected = rows(io.float(at('model_inputs')), call, 1).data;
        expect(shown, `input ${call}`).toBeAllclose(expected, io.tolerance(at('model_inputs')));
      }
      const output = rows(inputs.float('model_outputs'), call, 1).data;
      const step = run.step(call, output, sample, () => rows(noises, drawn++, 1).data);
      expect(step.sample, `sample ${call}`).toBeAllclose(
        rows(io.float(at('samples')), call, 1).data,
        io.tolerance(at('samples')),
      );
      sample = step.sample;
    });
  });
});
