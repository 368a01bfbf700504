/** The front door of training: opened, run, saved, gone on with. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTraining, type Training, type TrainingRequest } from '../../../../src/engine/training/open-training';
import { tinyGuidedUNet, tinyHooks, tinyRequest, type TinyUNet } from '../../../support/tiny-training';

let folder: string;
let tiny: TinyUNet;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fourstep-door-'));
  tiny = await tinyGuidedUNet(folder);
});
afterAll(() => rm(folder, { recursive: true }));

/** Opens, uses and releases. */
async function using<T>(request: TrainingRequest, use: (training: Training) => Promise<T>): Promise<T> {
  const training = await openTraining(request);
  try {
    return await use(training);
  } finally {
    await training.release();
  }
}

const bytesOf = (training: Training): Buffer[] =>
  [...training.lora().values()].map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));

describe('openTraining', () => {
  it('gives a LoRA as tensors with their shapes, of the last step where few pictures are held out', async () => {
    await using(tinyRequest(tiny, { steps: 3 }), async (training) => {
      expect(await training.run(tinyHooks())).toBe('finished');
      expect(training.loraStep()).toBe(3);
      for (const [name, { shape, data }] of training.lora()) {
        expect(shape, name).toEqual(training.state.matrices.get(name)!.shape);
        expect(data, name).toEqual(training.state.matrices.get(name)!.average);
      }
      expect(Object.keys(training.feeds('now'))).toEqual([...training.lora().keys()]);
      expect(Object.values(training.feeds('unchanged')).every(({ data }) => data.every((one) => one === 0))).toBe(true);
    });
  });

  it('goes on from a checkpoint to the bytes of a training that never stopped', async () => {
    const file = path.join(folder, 'half.safetensors');
    const request = tinyRequest(tiny, { steps: 6 });
    const whole = await using(request, async (training) => {
      await training.run(tinyHooks());
      return bytesOf(training);
    });
    await using(request, async (training) => {
      const ready = (): Promise<'go' | 'stop'> => Promise.resolve(training.state.step === 2 ? 'stop' : 'go');
      await training.run(tinyHooks({ ready, save: () => training.save(file) }));
    });
    const before = await readFile(file);
    const resumed = await using({ ...request, resumeFrom: file }, async (training) => {
      expect(training.state.step).toBe(2);
      await training.run(tinyHooks());
      return bytesOf(training);
    });
    expect(resumed).toEqual(whole);
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  it('refuses to go on with another model, other examples or other settings', async () => {
    const file = path.join(folder, 'other.safetensors');
    const request = tinyRequest(tiny, { steps: 1 });
    await using(request, async (training) => {
      await training.run(tinyHooks({ save: () => training.save(file) }));
    });
    const { examples } = request;
    const going = (changes: Partial<TrainingRequest>) => openTraining({ ...request, resumeFrom: file, ...changes });
    await expect(going({ modelHash: 'another' })).rejects.toThrow('the base model has other weights');
    await expect(going({ examples: { ...examples, hash: 'another' } })).rejects.toThrow(
      'pictures or captions are others',
    );
    await expect(going({ settings: { ...request.settings, rank: 3 } })).rejects.toThrow('rank was 2 and is 3');
  });

  it('refuses to distil what is a consistency model already, and distils what is none', async () => {
    await expect(openTraining({ ...tinyRequest(tiny, {}), goal: 'distillation' })).rejects.toThrow(
      'latent consistency model already (its UNet has time_cond_proj_dim 6)',
    );
    const plain = await tinyGuidedUNet(
      await mkdtemp(path.join(folder, 'plain-')),
      { time_cond_proj_dim: null },
      /cond_proj/,
    );
    const request = {
      ...tinyRequest(plain, { steps: 2, omega: [1, 3], skip: 20, firstSkip: 20 }),
      goal: 'distillation',
    } as const;
    await using(request, async (training) => {
      expect(await training.run(tinyHooks())).toBe('finished');
      expect(training.record.loss.map(({ value }) => Number.isFinite(value))).toEqual([true, true]);
    });
  });
});
