import { open, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { float32ToFloat16 } from '../../../../src/engine/tensors/dtype';
import { openAsFloat32 } from '../../../../src/engine/checkpoints/fp32-cache';
import { openWeights, readTensor } from '../../../../src/engine/checkpoints/safetensors';
import { writeSafetensors } from '../../../../src/engine/checkpoints/safetensors-writer';
import { float32, int64 } from '../../../../src/engine/tensors/tensor';
import type { Tensor } from '../../../../src/engine/tensors/tensor';
import { ownFolder } from './safetensors-bytes';

const half = (values: number[]): Tensor => ({
  dtype: 'float16',
  shape: [values.length],
  data: float32ToFloat16(Float32Array.from(values)),
});

async function halfCheckpoint(values: number[]) {
  const folder = await ownFolder();
  const file = path.join(folder, 'model.safetensors');
  const tensors = new Map<string, Tensor>([
    ['half', half(values)],
    ['brain', { dtype: 'bfloat16', shape: [1, 2], data: Uint16Array.of(0x3f80, 0xc000) }],
    ['single', float32([0.1], [])],
    ['ids', int64([5], [1])],
  ]);
  await writeSafetensors(file, tensors);
  return { file, tensors, cache: path.join(folder, 'cache', 'float32') };
}

describe('openAsFloat32', () => {
  it('returns a checkpoint without half precision as it is, and writes nothing', async () => {
    const folder = await ownFolder();
    await writeSafetensors(path.join(folder, 'm.safetensors'), new Map([['a', float32([1], [1])]]));
    const source = await openWeights(path.join(folder, 'm.safetensors'));
    expect(await openAsFloat32(source, { component: 'unet', folder: path.join(folder, 'cache') })).toBe(source);
    expect(await readdir(folder)).toEqual(['m.safetensors']);
  });

  it('writes every tensor into one file, half precision as float32, the rest unchanged', async () => {
    const { file, cache, tensors } = await halfCheckpoint([1, -0.5, 65504]);
    const progress: number[] = [];
    const copy = await openAsFloat32(await openWeights(file), {
      component: 'unet',
      folder: cache,
      onProgress: (fraction) => progress.push(fraction),
    });
    expect(new Set([...copy.tensors.values()].map((tensor) => path.dirname(tensor.file)))).toEqual(new Set([cache]));
    expect(await readTensor(copy.tensors.get('half')!)).toEqual(float32([1, -0.5, 65504], [3]));
    expect(await readTensor(copy.tensors.get('brain')!)).toEqual(float32([1, -2], [1, 2]));
    for (const name of ['single', 'ids']) expect(await readTensor(copy.tensors.get(name)!)).toEqual(tensors.get(name));
    expect(copy.origin).toBe(file);
    expect(progress.at(-1)).toBe(1);
  });

  it('converts tensors longer than one piece right across the seams', async () => {
    const values = Array.from({ length: (1 << 21) + 3 }, (_, i) => i % 2048);
    const { file, cache } = await halfCheckpoint(values);
    const copy = await openAsFloat32(await openWeights(file), { component: 'unet', folder: cache });
    const { data } = await readTensor(copy.tensors.get('half')!);
    expect(Buffer.compare(Buffer.from(data.buffer), Buffer.from(Float32Array.from(values).buffer))).toBe(0);
  });

  it('uses the copy again while the source is unchanged', async () => {
    const { file, cache } = await halfCheckpoint([1]);
    await openAsFloat32(await openWeights(file), { component: 'unet', folder: cache });
    const untouched = () => expect.fail('it was written again');
    await openAsFloat32(await openWeights(file), { component: 'unet', folder: cache, onProgress: untouched });
    expect(await readdir(cache)).toHaveLength(1);
  });

  it('writes a new copy and removes the old one when the source was changed in place', async () => {
    const { file, cache, tensors } = await halfCheckpoint([1]);
    await openAsFloat32(await openWeights(file), { component: 'unet', folder: cache });
    await writeSafetensors(file, new Map([...tensors, ['half', half([2])]]));
    await utimes(file, 1e9, 1e9);
    const copy = await openAsFloat32(await openWeights(file), { component: 'unet', folder: cache });
    expect((await readTensor(copy.tensors.get('half')!)).data).toEqual(Float32Array.of(2));
    expect(await readdir(cache)).toHaveLength(1);
  });

  it('writes a new copy when the source was replaced by one of the same size and time', async () => {
    const { file, cache, tensors } = await halfCheckpoint([1]);
    await utimes(file, 1e9, 1e9);
    await openAsFloat32(await openWeights(file), { component: 'unet', folder: cache });
    const before = await stat(file);
    await writeSafetensors(file, new Map([...tensors, ['half', half([2])]]));
    await utimes(file, 1e9, 1e9);
    const after = await stat(file);
    expect([after.size, after.mtimeMs]).toEqual([before.size, before.mtimeMs]);
    const copy = await openAsFloat32(await openWeights(file), { component: 'unet', folder: cache });
    expect((await readTensor(copy.tensors.get('half')!)).data).toEqual(Float32Array.of(2));
  });

  it.each(['in its middle', 'at its end'])('writes a copy anew whose body has one wrong bit %s', async (where) => {
    const values = Array.from({ length: 5_000_000 }, (_, i) => i % 2048);
    const { file, cache } = await halfCheckpoint(values);
    await openAsFloat32(await openWeights(file), { component: 'unet', folder: cache });
    const [name] = await readdir(cache);
    const handle = await open(path.join(cache, name!), 'r+');
    const { size } = await handle.stat();
    const at = where === 'at its end' ? size - 1 : Math.floor(size / 2);
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    byte[0]! ^= 1;
    await handle.write(byte, 0, 1, at);
    await handle.close();
    const copy = await openAsFloat32(await openWeights(file), { component: 'unet', folder: cache });
    const { data } = await readTensor(copy.tensors.get('half')!);
    expect(Buffer.compare(Buffer.from(data.buffer), Buffer.from(Float32Array.from(values).buffer))).toBe(0);
    const untouched = () => expect.fail('it was written again');
    await openAsFloat32(await openWeights(file), { component: 'unet', folder: cache, onProgress: untouched });
  });

  it('leaves copies of other sources alone, and removes only old unfinished files', async () => {
    const { file, cache } = await halfCheckpoint([1]);
    const other = await halfCheckpoint([1]);
    await openAsFloat32(await openWeights(other.file), { component: 'unet', folder: cache });
    const [dead, alive] = ['dead.incomplete', 'alive.incomplete'].map((name) => path.join(cache, name)) as [
      string,
      string,
    ];
    for (const name of [dead, alive]) await writeFile(name, 'x');
    await utimes(dead, 1e9, 1e9);
    await openAsFloat32(await openWeights(file), { component: 'unet', folder: cache });
    const names = await readdir(cache);
    expect(names.filter((name) => name.endsWith('.safetensors'))).toHaveLength(2);
    expect(names.filter((name) => name.endsWith('.incomplete'))).toEqual(['alive.incomplete']);
  });

  it('removes old unfinished files also when it finds a copy', async () => {
    const { file, cache } = await halfCheckpoint([1]);
    await openAsFloat32(await openWeights(file), { component: 'unet', folder: cache });
    const dead = path.join(cache, 'dead.incomplete');
    await writeFile(dead, 'x');
    await utimes(dead, 1e9, 1e9);
    await openAsFloat32(await openWeights(file), { component: 'unet', folder: cache });
    expect(await readdir(cache)).toHaveLength(1);
  });

  it('replaces a damaged copy', async () => {
    const { file, cache } = await halfCheckpoint([3]);
    await openAsFloat32(await openWeights(file), { component: 'unet', folder: cache });
    const [name] = await readdir(cache);
    await writeFile(path.join(cache, name!), 'rubbish');
    const copy = await openAsFloat32(await openWeights(file), { component: 'unet', folder: cache });
    expect((await readTensor(copy.tensors.get('half')!)).data).toEqual(Float32Array.of(3));
  });

  it('works for two at once', async () => {
    const { file, cache } = await halfCheckpoint([1, 2, 3]);
    const source = await openWeights(file);
    const copies = await Promise.all(
      [1, 2, 3].map(async () => openAsFloat32(source, { component: 'unet', folder: cache })),
    );
    for (const copy of copies)
      expect((await readTensor(copy.tensors.get('half')!)).data).toEqual(Float32Array.of(1, 2, 3));
    expect(await readdir(cache)).toHaveLength(1);
  });

  it('leaves nothing when it is cancelled', async () => {
    const { file, cache } = await halfCheckpoint([1]);
    const source = await openWeights(file);
    await expect(
      openAsFloat32(source, { component: 'unet', folder: cache, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(await readdir(cache)).toEqual([]);
  });

  it('says that the cache folder cannot be used', async () => {
    const { file } = await halfCheckpoint([1]);
    await expect(openAsFloat32(await openWeights(file), { component: 'unet', folder: file })).rejects.toMatchObject({
      code: 'io',
    });
  });

  it('fails clearly when the source disappears', async () => {
    const { file, cache } = await halfCheckpoint([1]);
    const source = await openWeights(file);
    await rm(file);
    await expect(openAsFloat32(source, { component: 'unet', folder: cache })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('removes copies that nobody has opened for a month, and nothing else', async () => {
    const { file, cache } = await halfCheckpoint([1]);
    const copy = await openAsFloat32(await openWeights(file), { component: 'unet', folder: cache });
    const { file: own } = copy.tensors.get('half')!;
    const old = new Date(Date.now() - 40 * 24 * 60 * 60 * 1000);
    const another = `${'a'.repeat(32)}-${'b'.repeat(32)}.safetensors`;
    for (const name of [another, 'model.safetensors', 'training-pace.json'])
      await writeFile(path.join(cache, name), '');
    for (const name of await readdir(cache)) await utimes(path.join(cache, name), old, old);
    await openAsFloat32(await openWeights(file), { component: 'unet', folder: cache });
    expect((await readdir(cache)).sort()).toEqual(
      [path.basename(own), 'model.safetensors', 'training-pace.json'].sort(),
    );
    expect((await stat(own)).mtimeMs).toBeGreaterThan(old.getTime());
  });
});
