/** The loop of consistency training on a tiny UNet. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint, saveCheckpoint, type Checkpoint } from '../../../../src/engine/training/checkpoint';
import type { Session } from '../../../../src/engine/runtime/session';
import type { Tensor } from '../../../../src/engine/tensors/tensor';
import type { LossWeighting } from '../../../../src/engine/training/consistency';
import type { LoraMatrices } from '../../../../src/engine/training/lora-targets';
import { TargetNetwork } from '../../../../src/engine/training/networks';
import { evaluateBatch, feedsOf, optimizerStep } from '../../../../src/engine/training/optimizer-step';
import type { TrainingSettings } from '../../../../src/engine/training/settings';
import { Trainer, type TrainingEnd, type TrainerParts } from '../../../../src/engine/training/trainer';
import type { TrainingState } from '../../../../src/engine/training/training-state';
import {
  releaseTinyUNet,
  tinyGuidedUNet,
  tinyHooks,
  tinyTraining,
  type TinyTraining,
  type TinyUNet,
} from '../../../support/tiny-training';

let folder: string;
let model: TinyUNet;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fourstep-trainer-'));
  model = await tinyGuidedUNet(folder);
});
afterAll(async () => {
  await releaseTinyUNet(model);
  await rm(folder, { recursive: true });
});

async function using<T>(asked: Partial<TrainingSettings>, use: (training: TinyTraining) => Promise<T>): Promise<T> {
  return use(await tinyTraining(model, asked));
}

/** Runs to the end, or to `stopAt`; gives the bytes of the checkpoint that is left. */
async function run(
  { parts, settings }: TinyTraining,
  from: Checkpoint,
  file: string,
  stopAt = Infinity,
): Promise<{ readonly bytes: Buffer; readonly end: TrainingEnd; readonly trainer: Trainer }> {
  const trainer = new Trainer(parts, settings, from);
  const save = (): Promise<void> => saveCheckpoint(file, trainer.checkpoint());
  const ready = (): Promise<'go' | 'stop'> => Promise.resolve(trainer.state.step >= stopAt ? 'stop' : 'go');
  const end = await trainer.run(tinyHooks({ ready, save }));
  return { bytes: await readFile(file), end, trainer };
}

describe('a UNet without a block in the middle', () => {
  it('learns one batch by heart', async () => {
    const compressed = await mkdtemp(path.join(tmpdir(), 'fourstep-compressed-'));
    const small = await tinyGuidedUNet(compressed, { mid_block_type: null }, /^mid_block\./);
    const asked = {
      batchSize: 8,
      clip: 1,
      learningRate: 3e-3,
      firstSkip: 400,
      blocks: ['down', 'middle', 'up'],
    } as const;
    const { parts, settings, fresh } = await tinyTraining(small, asked);
    const { state } = fresh();
    expect([...state.matrices.keys()].filter((name) => name.startsWith('mid_block'))).toEqual([]);
    const draws = parts.draws.ofStep(0);
    const losses: number[] = [];
    for (let step = 0; step < 40; step++) losses.push((await optimizerStep(parts, state, draws, settings)).loss);
    expect(losses.at(-1)!).toBeLessThan(0.7 * losses[0]!);
    await releaseTinyUNet(small);
    await rm(compressed, { recursive: true });
  });
});

const dataOf = (matrices: LoraMatrices): Record<string, Float32Array> =>
  Object.fromEntries([...matrices].map(([name, { data }]) => [name, data]));

const fileFor = (name: string): string => path.join(folder, `${name}.safetensors`);

describe('a training', () => {
  it('with the same seed gives the same bytes, with another one others', async () => {
    const bytes: Buffer[] = [];
    for (const seed of [3, 3, 4]) {
      bytes.push(
        await using({ seed }, async (training) => (await run(training, training.fresh(), fileFor('a'))).bytes),
      );
    }
    expect(bytes[0]!.equals(bytes[1]!)).toBe(true);
    expect(bytes[0]!.equals(bytes[2]!)).toBe(false);
  });

  it.each([0, 1, 4, 5, 8])('stopped after step %i and read from disk goes on bit for bit', async (stopAt) => {
    await using({}, async (training) => {
      const whole = await run(training, training.fresh(), fileFor('whole'));
      const first = await run(training, training.fresh(), fileFor('parts'), stopAt);
      expect(first.end).toBe('stopped');
      expect(first.trainer.state.step).toBe(stopAt);
      const saved = await readCheckpoint(fileFor('parts'));
      expect([...saved.state.matrices.keys()]).toEqual([...first.trainer.state.matrices.keys()]);
      const second = await run(training, saved, fileFor('parts'));
      expect(second.end).toBe('finished');
      expect(second.trainer.record).toEqual(whole.trainer.record);
      expect(second.bytes.equals(whole.bytes)).toBe(true);
    });
  });

  it('killed at any moment goes on from its last checkpoint to the same bytes', async () => {
    await using({}, async (training) => {
      const whole = await run(training, training.fresh(), fileFor('whole'));
      const trainer = new Trainer(training.parts, training.settings, training.fresh());
      const killed = new Error('killed');
      const hooks = tinyHooks({
        save: () => saveCheckpoint(fileFor('killed'), trainer.checkpoint()),
        onStep: ({ step }) => {
          if (step === 8) throw killed;
        },
      });
      await expect(trainer.run(hooks)).rejects.toBe(killed);
      const saved = await readCheckpoint(fileFor('killed'));
      expect(saved.state.step).toBe(6);
      const resumed = await run(training, saved, fileFor('killed'));
      expect(resumed.bytes.equals(whole.bytes)).toBe(true);
    });
  });

  it('may be given more steps later', async () => {
    const short = await using({ steps: 8 }, async (training) => run(training, training.fresh(), fileFor('short')));
    expect(short.trainer.state.step).toBe(8);
    await using({ steps: 12 }, async (training) => {
      const long = await run(training, await readCheckpoint(fileFor('short')), fileFor('long'));
      const whole = await run(training, training.fresh(), fileFor('whole'));
      expect(valuesOf(long.trainer.state)).toEqual(valuesOf(whole.trainer.state));
    });
  });

  it('learns what it sees again and again', async () => {
    await using({ batchSize: 8, clip: 1, learningRate: 3e-3, firstSkip: 400 }, async ({ parts, settings, fresh }) => {
      const { state } = fresh();
      const draws = parts.draws.ofStep(0);
      const losses: number[] = [];
      for (let step = 0; step < 40; step++) losses.push((await optimizerStep(parts, state, draws, settings)).loss);
      expect(losses.at(-1)).toBeLessThan(0.7 * losses[0]!);
    });
  });
});

describe('the target network', () => {
  it('is not asked at t = 0, where its answer is the sample itself', async () => {
    await using({ batchSize: 4 }, async ({ parts, fresh }) => {
      const { state } = fresh();
      const [draw] = parts.draws.ofStep(0);
      const { latents: sample, conditioning } = draw!;
      const asked: number[] = [];
      const { session } = parts.target;
      const counting: Session = {
        ...session,
        run: (feeds) => {
          asked.push(feeds['sample']?.shape[0] ?? NaN);
          return session.run(feeds);
        },
      };
      const target = new TargetNetwork(parts.target.design, parts.schedule, counting);
      const at = (...timesteps: number[]): Promise<Tensor<'float32'>> =>
        target.evaluate({ sample, timesteps, conditioning }, feedsOf(state, 'value'));

      expect((await at(0, 0, 0, 0)).data).toEqual(sample.data);
      expect(asked).toEqual([]);

      const [some, all] = [await at(0, 399, 0, 99), await at(19, 399, 799, 99)];
      expect(asked).toEqual([2, 4]);
      const item = (data: Float32Array, index: number): Float32Array =>
        data.subarray((index * data.length) / 4, ((index + 1) * data.length) / 4);
      for (const index of [0, 2]) expect(item(some.data, index)).toEqual(item(sample.data, index));
      for (const index of [1, 3]) {
        expect(item(some.data, index)).toBeAllclose(item(all.data, index), 1e-5);
        expect(item(some.data, index)).not.toEqual(item(sample.data, index));
      }
    });
  });
});

describe('the weighting by velocities', () => {
  it('divides a squared loss by the variance of the noise', async () => {
    const lossWith = (weighting: LossWeighting): Promise<readonly number[]> =>
      using({ weighting, batchSize: 1 }, async ({ parts, fresh }) => {
        const [draw] = parts.draws.ofStep(0);
        const { loss } = await evaluateBatch(parts, fresh().state, draw!);
        return [loss, parts.schedule.sigma(draw!.pairs[0]!.start)];
      });
    const [[picture], [velocity, sigma]] = [await lossWith('picture'), await lossWith('velocity')];
    expect(velocity! * sigma! ** 2).toBeCloseTo(picture!, 6);
    expect(velocity).toBeGreaterThan(picture!);
  });
});

function valuesOf(state: TrainingState): Record<string, Float32Array> {
  return Object.fromEntries([...state.matrices].map(([name, { value }]) => [name, value]));
}

describe('pause and stop', () => {
  it('take effect within one step', async () => {
    await using({}, async (training) => {
      const trainer = new Trainer(training.parts, training.settings, training.fresh());
      let goOn: () => void = () => undefined;
      const paused = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      const steps: number[] = [];
      let saved = 0;
      const running = trainer.run(
        tinyHooks({
          ready: async () => {
            if (trainer.state.step === 2) await paused;
            return trainer.state.step === 5 ? 'stop' : 'go';
          },
          onStep: ({ step }) => steps.push(step),
          save: () => {
            saved = trainer.state.step;
            return Promise.resolve();
          },
        }),
      );
      while (steps.length < 2) await new Promise(setImmediate);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(steps).toEqual([1, 2]);
      goOn();
      expect(await running).toBe('stopped');
      expect(steps).toEqual([1, 2, 3, 4, 5]);
      expect(saved).toBe(5);
    });
  });

  it('every piece of work waits for its turn', async () => {
    await using({ steps: 4 }, async (training) => {
      let turns = 0;
      const turn = <T>(work: () => Promise<T>): Promise<T> => {
        turns++;
        return work();
      };
      await new Trainer(training.parts, training.settings, training.fresh()).run(tinyHooks({ turn }));
      // Four steps, a reading before them and one after.
      expect(turns).toBe(6);
    });
  });
});

describe('the gauge', () => {
  /** A training whose gauge shows these values, the first before any step. */
  async function withReadings(
    readings: readonly number[],
    asked: Partial<TrainingSettings> = {},
    parts: Partial<TrainerParts> = {},
  ) {
    return using({ gaugeEvery: 1, checkpointEvery: 100, steps: readings.length - 1, ...asked }, async (training) => {
      const left = [...readings];
      const gauge = { read: () => Promise.resolve(left.shift() ?? NaN) };
      const averages: Record<string, Float32Array>[] = [];
      const trainer = new Trainer({ ...training.parts, gauge, ...parts }, training.settings, training.fresh());
      let saved: number | undefined;
      const hooks = tinyHooks({
        onStep: () => {
          const { matrices } = trainer.state;
          averages.push(Object.fromEntries([...matrices].map(([name, { average }]) => [name, average.slice()])));
        },
        save: () => {
          saved = trainer.state.step;
          return Promise.resolve();
        },
      });
      const end = await trainer.run(hooks).catch((error: unknown) => error as Error);
      return { end, trainer, averages, saved };
    });
  }

  it('chooses the weights at its lowest reading', async () => {
    const { end, trainer, averages } = await withReadings([1, 0.9, 0.5, 0.7, 0.6]);
    expect(end).toBe('finished');
    expect(trainer.record.best).toEqual({ step: 2, value: 0.5 });
    expect(dataOf(trainer.result)).toEqual(averages[1]);
  });

  it('does not take what the model knew before for a result', async () => {
    const { trainer, averages } = await withReadings([0.1, 0.9, 0.8, 0.85]);
    expect(trainer.record.best).toEqual({ step: 2, value: 0.8 });
    expect(dataOf(trainer.result)).toEqual(averages[1]);
  });

  it('ends the training when it has not fallen for eight readings', async () => {
    const { end, trainer, saved } = await withReadings([1, 0.9, 0.8, ...Array.from({ length: 20 }, () => 0.81)]);
    expect(end).toBe('gauge-rose');
    expect(trainer.state.step).toBe(10);
    expect(saved).toBe(10);
  });

  it('neither chooses nor ends anything when it has too few pictures to decide', async () => {
    const rising = [1, 0.5, ...Array.from({ length: 12 }, () => 0.9)];
    const { end, trainer, averages } = await withReadings(rising, {}, { gaugeDecides: false });
    expect(end).toBe('finished');
    expect(trainer.record.gauge).toHaveLength(rising.length);
    expect(trainer.record.best).toBeUndefined();
    expect(dataOf(trainer.result)).toEqual(averages.at(-1));
  });

  it.each([
    ['far above its first value', 401],
    ['not a number', NaN],
  ])('stops a training when it is %s, and says what to do', async (_, value) => {
    const { end, saved } = await withReadings([1, 0.9, value, 1], { checkpointEvery: 1, learningRate: 0.5 });
    expect(end).toMatchObject({ code: 'bad-request' });
    expect(end).toMatchObject({ message: expect.stringMatching(/unstable.*step 2.*lower learning rate \(now 0.5\)/) });
    expect(saved).toBe(1);
  });

  it('reads the same for the same weights', async () => {
    await using({}, async ({ parts, fresh }) => {
      const { state } = fresh();
      const first = await parts.gauge!.read(feedsOf(state, 'average'));
      expect(await parts.gauge!.read(feedsOf(state, 'average'))).toBe(first);
      expect(first).toBeGreaterThan(0);
    });
  });
});

describe('a training that explodes', () => {
  it('stops with its last checkpoint kept, and says what to do', async () => {
    const absurd = {
      skip: 20,
      firstSkip: 20,
      learningRate: 1,
      warmupSteps: 0,
      batchSize: 8,
      steps: 40,
      gaugeEvery: 100,
      checkpointEvery: 2,
    };
    await using({ ...absurd, clip: 1 }, async (training) => {
      const file = fileFor('explodes');
      const trainer = new Trainer(training.parts, training.settings, training.fresh());
      const hooks = tinyHooks({ save: () => saveCheckpoint(file, trainer.checkpoint()) });
      const error = await trainer.run(hooks).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'bad-request' });
      expect(error).toMatchObject({ message: expect.stringMatching(/unstable: .*lower learning rate \(now 1\)/) });
      expect((await readCheckpoint(file)).state.step).toBe(trainer.state.step - 2 + (trainer.state.step % 2));
    });
  });

  it('whose loss is not a number stops before anything is changed', async () => {
    await using({}, async ({ parts, settings, fresh }) => {
      const { state } = fresh();
      const before = valuesOf(structuredClone(state));
      const [draw] = parts.draws.ofStep(0);
      draw!.latents.data[3] = NaN;
      const error = await optimizerStep(parts, state, [draw!], settings).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'bad-request', message: expect.stringContaining('not finite') });
      expect(state.step).toBe(0);
      expect(valuesOf(state)).toEqual(before);
    });
  });
});

describe('one optimiser step', () => {
  async function stepOnce(asked: Partial<TrainingSettings>): Promise<TrainingState> {
    return using(asked, async ({ parts, settings, fresh }) => {
      const { state } = fresh();
      await optimizerStep(parts, state, parts.draws.ofStep(0), settings);
      return state;
    });
  }
  const moments = (state: TrainingState): number[] => [...state.matrices.values()].flatMap(({ first }) => [...first]);
  const norm = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

  it('over two small batches is one over a batch twice as large', async () => {
    const large = moments(await stepOnce({ batchSize: 4, clip: Infinity }));
    const small = moments(await stepOnce({ batchSize: 2, accumulation: 2, clip: Infinity }));
    expect(norm(large)).toBeGreaterThan(0);
    expect(small).toBeAllclose(large, 1e-5 * Math.max(...large.map(Math.abs)));
  });

  it('clips the norm of all gradients together', async () => {
    const free = norm(moments(await stepOnce({ clip: Infinity })));
    // The first moment after one step is (1 − β₁) of the gradient.
    expect(norm(moments(await stepOnce({ clip: 5 * free })))).toBeCloseTo(0.5 * free, 6);
    expect(norm(moments(await stepOnce({ clip: 1e6 })))).toBeCloseTo(free, 9);
  });

  it('uses a learning rate that rises over the warm-up', async () => {
    const moved = async (warmupSteps: number): Promise<number> =>
      using({ warmupSteps, learningRate: 1e-3, weightDecay: 0, steps: 1 }, async (training) => {
        const before = training.fresh();
        const { trainer } = await run(training, training.fresh(), fileFor('warm'));
        const name = [...before.state.matrices.keys()].find((key) => key.includes('lora_B'))!;
        return Math.max(...trainer.state.matrices.get(name)!.value.map(Math.abs));
      });
    // AdamW's first step is as long as the learning rate.
    expect(await moved(0)).toBeCloseTo(1e-3, 5);
    expect(await moved(10)).toBeCloseTo(1e-4, 6);
  });
});
