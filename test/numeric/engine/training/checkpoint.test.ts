/** Checkpoints on disk: whole or refused, and never half-written. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSafetensors, readTensor } from '../../../../src/engine/checkpoints/safetensors';
import { writeSafetensors } from '../../../../src/engine/checkpoints/safetensors-writer';
import { float32, type Tensor } from '../../../../src/engine/tensors/tensor';
import { readCheckpoint, saveCheckpoint, type Checkpoint } from '../../../../src/engine/training/checkpoint';
import { trainingSettings } from '../../../../src/engine/training/settings';
import { checkIdentity } from '../../../../src/engine/training/training-record';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fourstep-checkpoint-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  file = path.join(folder, 'checkpoint.safetensors');
  await rm(file, { recursive: true, force: true });
});

function checkpoint(): Checkpoint {
  const part = (start: number): Float32Array => Float32Array.from({ length: 6 }, (_, i) => start + i / 7);
  const matrix = (start: number) => ({
    shape: [2, 3],
    value: part(start),
    average: part(start + 1),
    first: part(start + 2),
    second: part(start + 3),
  });
  return {
    state: {
      step: 12,
      matrices: new Map([
        ['a.lora_A.weight', matrix(0)],
        ['a.lora_B.weight', matrix(10)],
      ]),
    },
    record: {
      identity: { model: 'm', data: 'd', settings: trainingSettings({}) },
      loss: [{ step: 12, value: 0.1 + 0.2 }],
      gauge: [{ step: 10, value: 1e-7 }],
      best: { step: 10, value: 1e-7 },
    },
    best: new Map([
      ['a.lora_A.weight', part(20)],
      ['a.lora_B.weight', part(30)],
    ]),
  };
}

describe('a checkpoint', () => {
  it('comes back with every bit', async () => {
    await saveCheckpoint(file, checkpoint());
    expect(await readCheckpoint(file)).toEqual(checkpoint());
  });

  it('comes back without best weights before the first reading of the gauge', async () => {
    const { state, record } = checkpoint();
    const early = { state, record: { ...record, gauge: [], best: undefined }, best: new Map<string, Float32Array>() };
    await saveCheckpoint(file, early);
    expect(await readCheckpoint(file)).toEqual(early);
  });

  it('that cannot be written leaves the old one and nothing else', async () => {
    const target = path.join(folder, 'taken.safetensors');
    await mkdir(target);
    await writeFile(path.join(target, 'inside'), '');
    await expect(saveCheckpoint(target, checkpoint())).rejects.toMatchObject({ code: 'io' });
    expect(await readdir(target)).toEqual(['inside']);
    expect((await readdir(folder)).filter((name) => name.includes('incomplete'))).toEqual([]);
  });
});

/** The stored checkpoint written again with its tensors and metadata changed. */
async function rewritten(change: (tensors: Map<string, Tensor>, metadata: Map<string, string>) => void): Promise<void> {
  await saveCheckpoint(file, checkpoint());
  const source = await openSafetensors(file);
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of source.tensors) tensors.set(name, await readTensor(tensor));
  const metadata = new Map(source.metadata);
  change(tensors, metadata);
  await writeSafetensors(file, tensors, Object.fromEntries(metadata));
}

describe('a checkpoint is refused, naming the file,', () => {
  const damages: Readonly<Record<string, () => Promise<void>>> = {
    'when it was cut off': async () => {
      await saveCheckpoint(file, checkpoint());
      await truncate(file, (await readFile(file)).length - 10);
    },
    'when its header was cut off': async () => {
      await saveCheckpoint(file, checkpoint());
      await truncate(file, 20);
    },
    'when it is empty': () => writeFile(file, ''),
    'when it is text': () => writeFile(file, 'this is no checkpoint, it is a letter to a friend'),
    'when it is another safetensors file': () =>
      writeSafetensors(file, new Map([['conv_in.weight', float32([1, 2], [2])]])),
    'when its record is no JSON': () => rewritten((_, metadata) => metadata.set('record', '{')),
    'when its record lacks the loss': () =>
      rewritten((_, metadata) => {
        const record = JSON.parse(metadata.get('record')!) as Record<string, unknown>;
        metadata.set('record', JSON.stringify({ ...record, loss: undefined }));
      }),
    'when its step is missing': () => rewritten((_, metadata) => metadata.delete('step')),
    'when its step is no number': () => rewritten((_, metadata) => metadata.set('step', 'twelve')),
    'when it holds no matrices': () =>
      rewritten((tensors) => {
        tensors.clear();
        tensors.set('other', float32([1], [1]));
      }),
    'when a moment is missing': () => rewritten((tensors) => tensors.delete('second.a.lora_B.weight')),
    'when the best weights are missing': () => rewritten((tensors) => tensors.delete('best.a.lora_A.weight')),
    'when an average has another size': () =>
      rewritten((tensors) => tensors.set('average.a.lora_A.weight', float32([1, 2], [2]))),
    'when a value has another type': () =>
      rewritten((tensors) =>
        tensors.set('value.a.lora_A.weight', { dtype: 'float64', shape: [6], data: new Float64Array(6) }),
      ),
  };

  it.each(Object.entries(damages))('%s', async (_, damage) => {
    await damage();
    const error = await readCheckpoint(file).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'bad-checkpoint', message: expect.stringContaining(file) });
  });

  it('when it is not there', async () => {
    await expect(readCheckpoint(path.join(folder, 'none.safetensors'))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('and the one that was damaged is left as it is', async () => {
    await rewritten((tensors) => tensors.delete('first.a.lora_A.weight'));
    const copy = path.join(folder, 'copy.safetensors');
    await cp(file, copy);
    await expect(readCheckpoint(file)).rejects.toThrow('"first.a.lora_A.weight" is missing');
    expect(await readFile(file)).toEqual(await readFile(copy));
  });
});

describe('a training goes on only with what it began with', () => {
  const { identity } = checkpoint().record;
  const refusal = (changed: Partial<typeof identity>): (() => void) => {
    return () => {
      checkIdentity(identity, { ...identity, ...changed }, 'x.safetensors');
    };
  };

  it('the same model, pictures and settings', () => {
    expect(refusal({})).not.toThrow();
  });

  it('and more steps', () => {
    expect(refusal({ settings: trainingSettings({ steps: 9999 }) })).not.toThrow();
  });

  it.each([
    ['another base model', { model: 'other' }, /x\.safetensors cannot go on: the base model has other weights/],
    ['other pictures', { data: 'other' }, /the pictures or captions are others/],
    ['another rank', { settings: trainingSettings({ rank: 4 }) }, /rank was 8 and is 4/],
    [
      'another distance',
      { settings: trainingSettings({ distance: { kind: 'huber', c: 0.1 } }) },
      /distance was .*l2.* is .*huber/,
    ],
  ])('not with %s', (_, changed, message) => {
    expect(refusal(changed)).toThrow(message);
  });
});
