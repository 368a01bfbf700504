import { open, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/domain/errors';
import { fileError } from '../../../../src/files/file-error';
import { openSafetensors, readTensor } from '../../../../src/engine/checkpoints/safetensors';
import { streamSafetensors, writeSafetensors } from '../../../../src/engine/checkpoints/safetensors-writer';
import { float32, int64 } from '../../../../src/engine/tensors/tensor';
import type { Tensor } from '../../../../src/engine/tensors/tensor';
import { ownFolder, writeTo } from './safetensors-bytes';

const folder = await ownFolder();

const everyDtype = new Map<string, Tensor>([
  ['f64', { dtype: 'float64', shape: [2], data: Float64Array.of(1.5, -0) }],
  ['f32', float32([1, NaN, Infinity], [3])],
  ['f16', { dtype: 'float16', shape: [1], data: Uint16Array.of(0x3c00) }],
  ['bf16', { dtype: 'bfloat16', shape: [1, 1], data: Uint16Array.of(0x3f80) }],
  ['i64', int64([-1, 2 ** 40], [2])],
  ['i32', { dtype: 'int32', shape: [1], data: Int32Array.of(-7) }],
  ['i16', { dtype: 'int16', shape: [1], data: Int16Array.of(-5) }],
  ['i8', { dtype: 'int8', shape: [1], data: Int8Array.of(-128) }],
  ['u8', { dtype: 'uint8', shape: [1], data: Uint8Array.of(255) }],
  ['bool', { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) }],
  ['scalar', float32([4], [])],
  ['empty', float32([], [0, 4])],
  ['large', float32(new Float32Array(64).fill(2), [4, 16])],
  ['ключ 🦊', float32([6], [1])],
]);

describe('writeSafetensors', () => {
  it('writes what the reader gives back, for every dtype', async () => {
    const file = path.join(folder, 'all.safetensors');
    await writeSafetensors(file, everyDtype, { title: 'naïve 🦊' });
    const opened = await openSafetensors(file);
    expect(opened.metadata.get('title')).toBe('naïve 🦊');
    expect(opened.tensors.size).toBe(everyDtype.size);
    for (const [name, tensor] of everyDtype) expect(await readTensor(opened.tensors.get(name)!)).toEqual(tensor);
  });

  it('aligns every tensor to its element, and tensors of whole cache lines to a cache line', async () => {
    const file = path.join(folder, 'aligned.safetensors');
    await writeSafetensors(file, everyDtype);
    const { tensors } = await openSafetensors(file);
    expect(tensors.get('large')!.offset % 64).toBe(0);
    for (const name of ['f64', 'i64']) expect(tensors.get(name)!.offset % 8).toBe(0);
    for (const name of ['f32', 'i32', 'scalar']) expect(tensors.get(name)!.offset % 4).toBe(0);
  });

  it('writes the same bytes whatever the order of the tensors', async () => {
    const [one, two] = [path.join(folder, 'one.safetensors'), path.join(folder, 'two.safetensors')];
    await writeSafetensors(one, everyDtype);
    await writeSafetensors(two, new Map([...everyDtype].reverse()));
    expect(await readFile(two)).toEqual(await readFile(one));
  });

  it.each(['__metadata__', '__proto__'])('refuses the tensor name %s', async (name) => {
    await expect(
      writeSafetensors(path.join(folder, 'n.safetensors'), new Map([[name, float32([1], [1])]])),
    ).rejects.toThrow(name);
  });
});

describe('a write that fails', () => {
  it('leaves the old file as it was, and nothing else', async () => {
    const own = await ownFolder();
    const file = await writeTo(own, 'old.safetensors', 'precious');
    const chunks = function* () {
      yield new Uint8Array(4);
      throw new UserError('cancelled', 'stopped in the middle');
    };
    await expect(streamSafetensors(file, [{ name: 'a', dtype: 'float32', shape: [2], chunks }])).rejects.toThrow(
      'stopped',
    );
    expect(await readFile(file, 'utf8')).toBe('precious');
    expect(await readdir(own)).toEqual(['old.safetensors']);
  });

  it('because too few bytes came is a bug of the caller and leaves nothing', async () => {
    const own = await ownFolder();
    const short = { name: 'a', dtype: 'float32', shape: [2], chunks: () => [new Uint8Array(4)] } as const;
    await expect(streamSafetensors(path.join(own, 'x.safetensors'), [short])).rejects.toThrow('4 bytes came');
    expect(await readdir(own)).toEqual([]);
  });

  it('because of a bad folder says how much room is needed', async () => {
    const file = await writeTo(folder, 'plain', 'a file');
    await expect(writeSafetensors(path.join(file, 'x.safetensors'), everyDtype)).rejects.toMatchObject({
      code: 'io',
      message: expect.stringMatching(/expected a folder.*needs 1 MB/) as string,
    });
  });

  it.runIf(process.platform === 'linux')('because the disk is full says so', async () => {
    const full = await open('/dev/full', 'w');
    const error: unknown = await full.write('x').catch((reason: unknown) => reason);
    await full.close();
    expect(fileError(error, 'write', 'model.safetensors')).toMatchObject({
      code: 'io',
      message: 'Cannot write model.safetensors: the disk is full. Free some space and try again.',
    });
  });
});
