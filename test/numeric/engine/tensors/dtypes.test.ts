import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { toFloat32 } from '../../../../src/engine/tensors/dtype';
import { openSafetensors, readTensor } from '../../../../src/engine/checkpoints/safetensors';

const GOLDEN = process.env['FOURSTEP_GOLDEN'] ?? path.resolve(import.meta.dirname, '../../../../../shared/golden');
const file = (name: string) => path.join(GOLDEN, 'dtypes', name);

describe.skipIf(!existsSync(file('dtypes.safetensors')))('golden set dtypes', () => {
  it('every dtype converts to exactly the float32 values of the reference', async () => {
    const given = await openSafetensors(file('dtypes.safetensors'));
    const expected = await openSafetensors(file('as_float32.safetensors'));
    expect(expected.tensors.size).toBeGreaterThan(0);
    for (const [name, tensor] of expected.tensors) {
      const source = given.tensors.get(name);
      expect(source?.shape, name).toEqual(tensor.shape);
      expect(toFloat32(await readTensor(source!)), name).toEqual((await readTensor(tensor)).data);
    }
  });

  it('integers and bools are read as they are', async () => {
    const { tensors } = await openSafetensors(file('dtypes.safetensors'));
    const read = async (name: string) => (await readTensor(tensors.get(name)!)).data;
    expect(await read('i64')).toEqual(BigInt64Array.of(0n, -1n, 2n ** 40n, -(2n ** 40n)));
    expect(await read('i32')).toEqual(Int32Array.of(0, -1, 2 ** 31 - 1));
    expect(await read('i16')).toEqual(Int16Array.of(-5, 7));
    expect(await read('i8')).toEqual(Int8Array.of(-128, 127));
    expect(await read('u8')).toEqual(Uint8Array.of(0, 255));
    expect(await read('bool')).toEqual(Uint8Array.of(1, 0, 1));
  });

  it('metadata is read with its non-ASCII text', async () => {
    const { metadata } = await openSafetensors(file('with_metadata.safetensors'));
    expect(Object.fromEntries(metadata)).toEqual({
      format: 'pt',
      'modelspec.title': 'naïve 🦊',
      ss_network_alpha: '4',
    });
  });
});
