/** Scheduler tables, timesteps, steps and embeddings against diffusers' LCMScheduler. */
import { beforeAll, describe, expect, it } from 'vitest';
import { boundaryScalings, lcmSampler, lcmTimesteps } from '../../../../src/engine/sampling/lcm';
import { NoiseSchedule } from '../../../../src/engine/sampling/schedule';
import { parseSchedulerConfig } from '../../../../src/engine/sampling/scheduler-config';
import { guidanceEmbedding, timestepSinusoid } from '../../../../src/engine/networks/embeddings';
import { GoldenTensors, goldenJson, hasGolden, rows } from '../../../support/golden';

interface StepCase {
  readonly key: string;
  readonly variant: string;
  readonly timesteps: readonly number[];
}

interface SchedulerFacts {
  readonly variants: Readonly<Record<string, object>>;
  readonly timesteps: Readonly<Record<string, readonly number[]>>;
  readonly errors: Readonly<Record<string, string>>;
  readonly step_cases: readonly StepCase[];
  readonly boundary: Readonly<Record<string, Readonly<Record<string, readonly [number, number]>>>>;
}

const facts = hasGolden ? (goldenJson('scheduler/scheduler.json') as SchedulerFacts) : undefined;

function schedule(changes: object): NoiseSchedule {
  return new NoiseSchedule(
    parseSchedulerConfig(
      { ...(goldenJson('scheduler/scheduler_config.json') as object), ...changes },
      'scheduler_config.json',
    ),
  );
}

/** "original=50,strength=0.3,steps=16" */
function parseKey(key: string): { original: number; strength: number; steps: number } {
  const numbers = key.split(',').map((part) => Number(part.split('=')[1]));
  return { original: numbers[0] ?? NaN, strength: numbers[1] ?? NaN, steps: numbers[2] ?? NaN };
}

describe.skipIf(!hasGolden)('golden scheduler (FOURSTEP_GOLDEN)', () => {
  let golden: SchedulerFacts;
  beforeAll(() => {
    golden = facts!;
  });

  it('has the beta and alpha tables of every variant', async () => {
    const tables = await GoldenTensors.read('scheduler/tables.safetensors');
    for (const [variant, changes] of Object.entries(golden.variants)) {
      const { betas, alphasCumprod, finalAlphaCumprod } = schedule(changes);
      expect(betas).toBeAllclose(tables.float(`${variant}.betas`).data, tables.tolerance(`${variant}.betas`));
      expect(alphasCumprod).toBeAllclose(
        tables.float(`${variant}.alphas_cumprod`).data,
        tables.tolerance(`${variant}.alphas_cumprod`),
      );
      const final = `${variant}.final_alpha_cumprod`;
      expect([finalAlphaCumprod]).toBeAllclose(tables.float(final).data, tables.tolerance(final));
    }
  });

  it('visits the same timesteps for every number of steps, strength and grid', () => {
    expect(Object.keys(golden.timesteps).length).toBeGreaterThan(100);
    for (const [key, timesteps] of Object.entries(golden.timesteps)) {
      const { original, strength, steps } = parseKey(key);
      expect(lcmTimesteps(schedule({ original_inference_steps: original }), steps, strength), key).toEqual(timesteps);
    }
  });

  it('refuses the combinations that diffusers refuses', () => {
    for (const key of Object.keys(golden.errors)) {
      const { original, strength, steps } = parseKey(key);
      expect(() => lcmTimesteps(schedule({ original_inference_steps: original }), steps, strength), key).toThrow(
        /allows 1 to/,
      );
    }
  });

  it('has the boundary scalings', () => {
    for (const [scaling, byTimestep] of Object.entries(golden.boundary)) {
      for (const [timestep, [cSkip, cOut]] of Object.entries(byTimestep)) {
        const found = boundaryScalings(Number(timestep), Number(scaling));
        expect(found.cSkip).toBeCloseTo(cSkip, 12);
        expect(found.cOut).toBeCloseTo(cOut, 12);
      }
    }
  });

  it.each(facts?.step_cases ?? [])('steps as diffusers: $key', async ({ key, variant, timesteps }) => {
    const steps = await GoldenTensors.read('scheduler/steps.safetensors');
    const outputs = steps.float('model_outputs');
    const noises = steps.float('noises');
    const run = lcmSampler(schedule(golden.variants[variant] ?? {}), timesteps).start();
    let sample = steps.float('initial_sample').data;
    timesteps.forEach((_, i) => {
      const step = run.step(i, rows(outputs, i, 1).data, sample, () => rows(noises, i, 1).data);
      for (const [name, data] of [
        ['denoised', step.denoised],
        ['prev_sample', step.sample],
      ] as const) {
        const stored = rows(steps.float(`${key}.${name}`), i, 1).data;
        expect(data, `${name} of step ${i}`).toBeAllclose(stored, steps.tolerance(`${key}.${name}`));
      }
      sample = step.sample;
    });
  });

  it('adds noise and computes velocities', async () => {
    const io = await GoldenTensors.read('scheduler/add_noise.safetensors');
    const base = schedule({});
    io.integers('timesteps').forEach((timestep, i) => {
      const [sample, noise] = [rows(io.float('sample'), i, 1).data, rows(io.float('noise'), i, 1).data];
      expect(base.addNoise(sample, noise, timestep)).toBeAllclose(
        rows(io.float('noisy'), i, 1).data,
        io.tolerance('noisy'),
      );
      expect(base.velocity(sample, noise, timestep)).toBeAllclose(
        rows(io.float('velocity'), i, 1).data,
        io.tolerance('velocity'),
      );
    });
  });

  it('embeds guidance and timesteps', async () => {
    const guidance = await GoldenTensors.read('scheduler/guidance_embedding.safetensors');
    for (const name of guidance.names.filter((name) => name.startsWith('emb'))) {
      guidance.float('w').data.forEach((w, i) => {
        const stored = rows(guidance.float(name), i, 1).data;
        expect(guidanceEmbedding(w, stored.length)).toBeAllclose(stored, guidance.tolerance(name));
      });
    }
    const time = await GoldenTensors.read('scheduler/timestep_embedding.safetensors');
    for (const name of time.names.filter((name) => name.startsWith('temb'))) {
      const stored = time.float(name);
      const found = timestepSinusoid(time.integers('timesteps'), stored.shape[1] ?? 0, {
        flipSinToCos: true,
        freqShift: 0,
      });
      expect(found).toBeAllclose(stored.data, time.tolerance(name));
    }
  });
});
