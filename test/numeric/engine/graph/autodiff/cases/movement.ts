/** Cases of the operators that pick, join, move and sum elements. */
import * as ops from '../../../../../../src/engine/graph/ops/index';
import type { GraphBuilder, Value } from '../../../../../../src/engine/graph/graph';
import { int64 } from '../../../../../../src/engine/tensors/tensor';
import { input, type RuleCases } from './rule-cases';

const indices = (g: GraphBuilder, values: readonly number[], shape: readonly number[]): Value =>
  g.constant(int64(values, shape), 'indices');
const FREE = { sizes: { batch: 2, height: 3 } };

export const movementCases: RuleCases<'Concat' | 'Split' | 'Slice' | 'Gather' | 'Pad'> = {
  Concat: {
    channels: {
      inputs: { a: input(2, 1, 2), b: input(2, 3, 2) },
      layOut: (g, { a, b }) => ops.Concat(g, [a!, b!], { axis: 1 }),
    },
    'the last axis, counted from the end': {
      inputs: { a: input(2, 2), b: input(2, 1) },
      layOut: (g, { a, b }) => ops.Concat(g, [a!, b!], { axis: -1 }),
    },
    'with parts that are not trained': {
      inputs: { a: input(2, 2), b: input(2, 1) },
      layOut: (g, { a, b }) => {
        const fixed = ops.Expand(g, ops.scalar(g, 0.5), [2, 2]);
        return ops.Concat(g, [fixed, a!, fixed, b!], { axis: 1 });
      },
    },
    'the same value twice': {
      inputs: { a: input(2, 2) },
      layOut: (g, { a }) => ops.Concat(g, [a!, a!], { axis: 0 }),
    },
    'one value': { inputs: { a: input(2, 2) }, layOut: (g, { a }) => ops.Concat(g, [a!], { axis: 0 }) },
    'along known channels of free sizes': {
      ...FREE,
      inputs: { a: input('batch', 2, 'height'), b: input('batch', 1, 'height') },
      layOut: (g, { a, b }) => ops.Concat(g, [a!, b!], { axis: 1 }),
    },
    'along a free axis': {
      inputs: { a: input('batch', 2), b: input('batch', 2) },
      layOut: (g, { a, b }) => ops.Concat(g, [a!, b!], { axis: 0 }),
      refuses: /must have a known size/,
    },
  },
  Split: {
    'every part used': {
      inputs: { x: input(2, 5) },
      layOut: (g, { x }) => ops.Split(g, x!, [2, 3], { axis: 1 }),
    },
    'one part used': {
      inputs: { x: input(2, 4) },
      layOut: (g, { x }) => ops.Split(g, x!, [1, 2, 1], { axis: -1 }).slice(1, 2),
    },
    'one part used, free sizes': {
      ...FREE,
      inputs: { x: input('batch', 4, 'height') },
      layOut: (g, { x }) => ops.Split(g, x!, [1, 3], { axis: 1 }).slice(0, 1),
    },
    'the first axis when none is named': {
      inputs: { x: input(3, 2) },
      layOut: (g, { x }) => g.emit('Split', [x, ops.Constant(g, int64([1, 2], [2]))], {}),
    },
  },
  Slice: {
    'the middle': {
      inputs: { x: input(2, 5) },
      layOut: (g, { x }) => ops.Slice(g, x!, { starts: [1], ends: [3], axes: [1] }),
    },
    'two axes, counted from the end': {
      inputs: { x: input(4, 5) },
      layOut: (g, { x }) => ops.Slice(g, x!, { starts: [-3, 0], ends: [-1, -2], axes: [0, -1] }),
    },
    'to the end': {
      inputs: { x: input(3, 2) },
      layOut: (g, { x }) => ops.Slice(g, x!, { starts: [2], ends: [ops.TO_END], axes: [0] }),
    },
    'from before the beginning': {
      inputs: { x: input(3, 2) },
      layOut: (g, { x }) => ops.Slice(g, x!, { starts: [-9], ends: [2], axes: [0] }),
    },
    everything: {
      inputs: { x: input(3, 2) },
      layOut: (g, { x }) => ops.Slice(g, x!, { starts: [0], ends: [ops.TO_END], axes: [1] }),
    },
    'the first axes when none are named': {
      inputs: { x: input(4, 3) },
      layOut: (g, { x }) => {
        const [starts, ends] = [
          [1, 0],
          [3, 2],
        ].map((places) => ops.Constant(g, int64(places, [2])));
        return g.emit('Slice', [x, starts, ends], {});
      },
    },
    'a free axis, without the last': {
      ...FREE,
      inputs: { x: input('batch', 2, 'height') },
      layOut: (g, { x }) => ops.Slice(g, x!, { starts: [1], ends: [-1], axes: [2] }),
    },
    'free axes, cut to the sizes of others': {
      sizes: { height: 2, width: 3 },
      inputs: { x: input(1, 1, 'height', 'width') },
      layOut: (g, { x }) =>
        ops.Slice(g, ops.Resize(g, x!, { scale: 2 }), { starts: [1, 0], ends: ['height', 'width'], axes: [2, 3] }),
    },
    'steps of 2': {
      inputs: { x: input(2, 4) },
      layOut: (g, { x }) => ops.Slice(g, x!, { starts: [0], ends: [4], axes: [1], steps: [2] }),
      refuses: /only steps of 1/,
    },
    'a free axis from the end': {
      inputs: { x: input('batch', 2) },
      layOut: (g, { x }) => ops.Slice(g, x!, { starts: [-1], ends: [ops.TO_END], axes: [0] }),
      refuses: /negative start on a free axis/,
    },
  },
  Gather: {
    'rows of a table, some twice': {
      inputs: { x: input(4, 3) },
      layOut: (g, { x }) => ops.Gather(g, x!, indices(g, [0, 2, 2, 3, 0, 0], [2, 3])),
    },
    'one row': { inputs: { x: input(4, 3) }, layOut: (g, { x }) => ops.Gather(g, x!, indices(g, [2], [])) },
    'numbers of a vector': {
      inputs: { x: input(4) },
      layOut: (g, { x }) => ops.Gather(g, x!, indices(g, [1, 1], [2])),
    },
    'rows of more than one axis': {
      inputs: { x: input(2, 2, 2) },
      layOut: (g, { x }) => ops.Gather(g, x!, indices(g, [1], [1])),
    },
    columns: {
      inputs: { x: input(4, 3) },
      layOut: (g, { x }) => ops.Gather(g, x!, indices(g, [1], [1]), { axis: 1 }),
      refuses: /only rows/,
    },
  },
  Pad: {
    'every side': {
      inputs: { x: input(2, 3) },
      layOut: (g, { x }) => ops.Pad(g, x!, [1, 0, 2, 3]),
    },
    'with a number, free sizes': {
      ...FREE,
      inputs: { x: input('batch', 2, 'height') },
      layOut: (g, { x }) => ops.Pad(g, x!, [0, 1, 1, 0, 0, 2], { value: 0.5 }),
    },
    'by reflection': {
      inputs: { x: input(2, 3) },
      layOut: (g, { x }) => ops.Pad(g, x!, [0, 1, 0, 1], { mode: 'reflect' }),
      refuses: /only constant padding/,
    },
    'by less than nothing': {
      inputs: { x: input(2, 3) },
      layOut: (g, { x }) => ops.Pad(g, x!, [0, -1, 0, 0]),
      refuses: /negative padding has no/,
    },
  },
};

const reductions = (op: typeof ops.ReduceSum): RuleCases<'ReduceSum'>['ReduceSum'] => ({
  'all axes': { inputs: { x: input(2, 3) }, layOut: (g, { x }) => op(g, x!, undefined) },
  'all axes, removed': { inputs: { x: input(2, 3) }, layOut: (g, { x }) => op(g, x!, undefined, { keepdims: 0 }) },
  'one axis, kept': { inputs: { x: input(2, 3, 2) }, layOut: (g, { x }) => op(g, x!, [1]) },
  'two axes, removed': { inputs: { x: input(2, 3, 2) }, layOut: (g, { x }) => op(g, x!, [0, 2], { keepdims: 0 }) },
  'counted from the end': { inputs: { x: input(2, 3) }, layOut: (g, { x }) => op(g, x!, [-1], { keepdims: 0 }) },
  'an axis of size 1': { inputs: { x: input(2, 1) }, layOut: (g, { x }) => op(g, x!, [1], { keepdims: 0 }) },
  'free sizes': {
    ...FREE,
    inputs: { x: input('batch', 2, 'height') },
    layOut: (g, { x }) => op(g, x!, [0, 2], { keepdims: 0 }),
  },
});

export const reductionCases: RuleCases<'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ArgMax'> = {
  ReduceSum: reductions(ops.ReduceSum),
  ReduceMean: reductions(ops.ReduceMean),
  ReduceMax: {
    'is not trained through': {
      inputs: { x: input(2, 3) },
      layOut: (g, { x }) => ops.ReduceMax(g, x!, [1]),
      refuses: /no model is trained through a maximum/,
    },
  },
  ArgMax: {
    'nothing flows through a place': {
      inputs: { x: input(2, 3) },
      layOut: (g, { x }) => ops.Mul(g, ops.Cast(g, ops.ArgMax(g, x!, { axis: -1 }), 'float32'), x!),
    },
  },
};

export const shapingCases: RuleCases<'Reshape' | 'Transpose' | 'Expand' | 'Unsqueeze' | 'Squeeze' | 'Shape' | 'Range'> =
  {
    Reshape: {
      'known sizes': { inputs: { x: input(2, 6) }, layOut: (g, { x }) => ops.Reshape(g, x!, [3, 4]) },
      'to a scalar': { inputs: { x: input(1, 1) }, layOut: (g, { x }) => ops.Reshape(g, x!, []) },
      'free sizes': {
        ...FREE,
        inputs: { x: input('batch', 4, 'height', 2) },
        layOut: (g, { x }) => ops.Reshape(g, x!, ['batch', 2, 2, '2*height']),
      },
    },
    Transpose: {
      'a cycle of four axes': {
        inputs: { x: input(2, 3, 1, 2) },
        layOut: (g, { x }) => ops.Transpose(g, x!, [1, 3, 0, 2]),
      },
      'a matrix': { inputs: { x: input(2, 3) }, layOut: (g, { x }) => ops.Transpose(g, x!, [1, 0]) },
    },
    Expand: {
      'along an axis of size 1': { inputs: { x: input(2, 1) }, layOut: (g, { x }) => ops.Expand(g, x!, [2, 3]) },
      'to more axes': { inputs: { x: input(2, 1) }, layOut: (g, { x }) => ops.Expand(g, x!, [3, 2, 2]) },
      'a scalar': { inputs: { x: input() }, layOut: (g, { x }) => ops.Expand(g, x!, [2, 2]) },
      'to the sizes it has': { inputs: { x: input(2, 3) }, layOut: (g, { x }) => ops.Expand(g, x!, [2, 3]) },
      'to a free batch': {
        ...FREE,
        inputs: { x: input(1, 2), y: input('batch', 2) },
        layOut: (g, { x, y }) => ops.Mul(g, ops.Expand(g, x!, ['batch', 2]), y!),
      },
    },
    Unsqueeze: { 'two axes': { inputs: { x: input(2, 3) }, layOut: (g, { x }) => ops.Unsqueeze(g, x!, [0, -1]) } },
    Squeeze: { 'two axes': { inputs: { x: input(1, 3, 1) }, layOut: (g, { x }) => ops.Squeeze(g, x!, [0, 2]) } },
    Shape: {
      'nothing flows through sizes': {
        ...FREE,
        inputs: { x: input('batch', 2) },
        layOut: (g, { x }) => ops.Mul(g, ops.Cast(g, ops.Shape(g, x!), 'float32'), x!),
      },
    },
    Range: {
      'nothing flows through sizes': {
        ...FREE,
        inputs: { x: input('batch', 2) },
        layOut: (g, { x }) =>
          ops.Mul(g, ops.Unsqueeze(g, ops.Cast(g, ops.Range(g, 0, 'batch', 1), 'float32'), [1]), x!),
      },
    },
  };
