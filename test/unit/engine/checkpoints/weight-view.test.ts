import { describe, expect, it } from 'vitest';
import type { WeightTensor } from '../../../../src/engine/checkpoints/weight-source';
import { splitRows, viewOf, withoutKernel } from '../../../../src/engine/checkpoints/weight-view';

const tensor = (name: string, shape: readonly number[], offset = 100): WeightTensor => ({
  name,
  dtype: 'float16',
  shape,
  file: '/model.safetensors',
  offset,
  length: shape.reduce((product, side) => product * side, 2),
});

describe('a view of a checkpoint', () => {
  it('has the tensors that are found in it, under their new names, at their places in the file', () => {
    const source = { origin: 'x', tensors: new Map(['a', 'b'].map((name) => [name, tensor(name, [2])])) };
    const view = viewOf(source, (each) => (each.name === 'a' ? [{ ...each, name: 'net.a' }] : []));
    expect([...view.tensors]).toEqual([['net.a', { ...tensor('a', [2]), name: 'net.a' }]]);
    expect(view.origin).toBe('x');
  });

  it('cuts a tensor along its rows', () => {
    expect(splitRows(tensor('qkv', [6, 4]), ['q', 'k', 'v'])).toEqual([
      { ...tensor('q', [2, 4], 100) },
      { ...tensor('k', [2, 4], 116) },
      { ...tensor('v', [2, 4], 132) },
    ]);
    expect(splitRows(tensor('qkv', [6]), ['q', 'k', 'v']).map(({ offset }) => offset)).toEqual([100, 104, 108]);
  });

  it('takes a 1×1 kernel away, and no other', () => {
    expect(withoutKernel(tensor('a', [3, 2, 1, 1])).shape).toEqual([3, 2]);
    expect(withoutKernel(tensor('a', [3, 2, 3, 3])).shape).toEqual([3, 2, 3, 3]);
    expect(withoutKernel(tensor('a', [3])).shape).toEqual([3]);
  });
});
