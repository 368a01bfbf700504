/** Cases of convolutions, resizing, matrix products, normalizations and fused operators. */
import type { ConvAttributes } from '../../../../../../src/engine/graph/attributes';
import type { Shape } from '../../../../../../src/engine/graph/graph';
import * as ops from '../../../../../../src/engine/graph/ops/index';
import { float32, sizeOf } from '../../../../../../src/engine/tensors/tensor';
import { normalNoise } from '../../../../../../src/engine/tensors/noise';
import { input, positive, type RuleCases } from './rule-cases';

type Cases = RuleCases<'Conv'>['Conv'];

/** Data, weight and bias of a convolution. */
function conv(x: Shape, weight: readonly number[], attributes: ConvAttributes, bias = true): Cases[string] {
  return {
    inputs: { x: input(...x), weight: input(...weight), ...(bias ? { bias: input(weight[0] ?? 1) } : {}) },
    layOut: (g, { x, weight, bias }) => ops.Conv(g, x!, weight!, bias, attributes),
    sizes: { batch: 2, height: 3, width: 4 },
  };
}

const square = (stride: number): number[] => [stride, stride];
const around = (pad: number): number[] => [pad, pad, pad, pad];
/** Of AutoencoderKL's downsamplers. */
const BEHIND = [0, 0, 1, 1];

export const convolutionCases: RuleCases<'Conv' | 'ConvTranspose' | 'AveragePool' | 'Resize'> = {
  Conv: {
    '3 × 3, padded, odd sizes': conv([2, 2, 5, 3], [3, 2, 3, 3], { pads: around(1) }),
    '3 × 3, not padded, no bias': conv([1, 2, 4, 3], [2, 2, 3, 3], {}, false),
    '3 × 3 on one pixel': conv([1, 2, 1, 1], [2, 2, 3, 3], { pads: around(1) }),
    'one channel in, one out': conv([2, 1, 3, 3], [1, 1, 3, 3], { pads: around(1) }),
    '1 × 1': conv([2, 3, 2, 3], [2, 3, 1, 1], {}),
    '1 × 1, padded': conv([1, 2, 2, 2], [2, 2, 1, 1], { pads: around(1) }),
    '2 × 2, padded on one side': conv([1, 2, 3, 3], [2, 2, 2, 2], { pads: [1, 0, 0, 1] }),
    '3 × 2, padded unevenly': conv([1, 2, 4, 3], [2, 2, 3, 2], { pads: [2, 0, 1, 1] }),
    'stride 2, padded around, even sizes': conv([2, 2, 4, 6], [2, 2, 3, 3], { strides: square(2), pads: around(1) }),
    'stride 2, padded around, odd sizes': conv([1, 2, 5, 3], [3, 2, 3, 3], { strides: square(2), pads: around(1) }),
    'stride 2, padded behind, even sizes': conv([2, 2, 4, 6], [2, 2, 3, 3], { strides: square(2), pads: BEHIND }),
    'stride 2, padded behind, odd sizes': conv([1, 2, 5, 3], [2, 2, 3, 3], { strides: square(2), pads: BEHIND }),
    'stride 2, padded behind, a last row that no window reaches': conv([1, 1, 6, 5], [2, 1, 3, 3], {
      strides: square(2),
    }),
    'stride 2, 1 × 1': conv([1, 2, 4, 3], [2, 2, 1, 1], { strides: square(2) }),
    'stride 3': conv([1, 1, 7, 8], [2, 1, 3, 3], { strides: square(3), pads: around(1) }),
    'free sizes': conv(['batch', 2, 'height', 'width'], [2, 2, 3, 3], { pads: around(1) }),
    'free sizes, stride 2, frozen weight': {
      inputs: { x: input('batch', 2, 'height', 'width') },
      sizes: { batch: 2, height: 5, width: 4 },
      layOut: (g, { x }) => {
        const weight = g.constant(float32(normalNoise(1, 0, sizeOf([3, 2, 3, 3])), [3, 2, 3, 3]));
        return ops.Conv(g, x!, weight, undefined, { strides: square(2), pads: around(1) });
      },
    },
    'the weight of a strided convolution over free sizes': {
      inputs: { x: input('batch', 2, 'height', 'width'), weight: input(3, 2, 3, 3) },
      layOut: (g, { x, weight }) => ops.Conv(g, x!, weight!, undefined, { strides: square(2) }),
      refuses: /only for known sizes/,
    },
    groups: { ...conv([1, 2, 3, 3], [2, 1, 3, 3], { group: 2 }), refuses: /groups and dilations/ },
    dilations: { ...conv([1, 2, 5, 5], [2, 2, 3, 3], { dilations: square(2) }), refuses: /groups and dilations/ },
    'unequal strides': { ...conv([1, 2, 5, 5], [2, 2, 3, 3], { strides: [1, 2] }), refuses: /unequal strides/ },
  },
  ConvTranspose: {
    'is no forward operator': {
      inputs: { x: input(1, 2, 3, 3), weight: input(2, 1, 2, 2) },
      layOut: (g, { x, weight }) => ops.ConvTranspose(g, x!, weight!, undefined),
      refuses: /no model uses it forward/,
    },
  },
  AveragePool: {
    'is no forward operator': {
      inputs: { x: input(1, 2, 4, 4) },
      layOut: (g, { x }) => ops.AveragePool(g, x!, { kernel_shape: [2, 2] }),
      refuses: /no model uses it forward/,
    },
  },
  Resize: {
    'by 2': { inputs: { x: input(2, 2, 2, 3) }, layOut: (g, { x }) => ops.Resize(g, x!, { scale: 2 }) },
    'by 3, one pixel': { inputs: { x: input(1, 2, 1, 1) }, layOut: (g, { x }) => ops.Resize(g, x!, { scale: 3 }) },
    'by 2, free sizes': {
      inputs: { x: input('batch', 1, 'height', 'width') },
      sizes: { batch: 2, height: 2, width: 3 },
      layOut: (g, { x }) => ops.Resize(g, x!, { scale: 2 }),
    },
    'to odd sizes': {
      inputs: { x: input(2, 2, 3, 4) },
      layOut: (g, { x }) => ops.Resize(g, x!, { dims: [2, 2, 5, 7] }),
    },
    'to fewer pixels': {
      inputs: { x: input(1, 1, 6, 5) },
      layOut: (g, { x }) => ops.Resize(g, x!, { dims: [1, 1, 3, 2] }),
    },
    'one row to many': {
      inputs: { x: input(1, 1, 1, 3) },
      layOut: (g, { x }) => ops.Resize(g, x!, { dims: [1, 1, 4, 3] }),
    },
    'to the free sizes of a skip connection': {
      inputs: { x: input('batch', 2, 'height', 'width'), skip: input('batch', 2, 'tall', 'wide') },
      sizes: { batch: 2, height: 2, width: 3, tall: 3, wide: 5 },
      layOut: (g, { x, skip }) => ops.Mul(g, ops.Resize(g, x!, { dims: skip!.shape }), skip!),
    },
  },
};

const product = (a: Shape, b: Shape): Cases[string] => ({
  inputs: { a: input(...a), b: input(...b) },
  layOut: (g, { a, b }) => ops.MatMul(g, a!, b!),
  sizes: { batch: 2, tokens: 3 },
});

export const linearCases: RuleCases<'MatMul'> = {
  MatMul: {
    'two matrices': product([2, 3], [3, 4]),
    'sizes of 1': product([1, 3], [3, 1]),
    'an inner size of 1': product([3, 1], [1, 2]),
    'a batch by one matrix': product([2, 3, 2], [2, 4]),
    'a batch of batches by one matrix': product([2, 2, 3, 2], [2, 3]),
    'a batch by a batch': product([2, 3, 2], [2, 2, 4]),
    'a matrix by a batch': product([3, 2], [2, 2, 4]),
    'batches repeated on both sides': product([2, 1, 3, 2], [3, 2, 2]),
    'a batch of one by a batch': product([1, 3, 2], [2, 2, 2]),
    'free sizes': product(['batch', 'tokens', 2], [2, 3]),
    'free sizes on both sides': product(['batch', 'tokens', 2], ['batch', 2, 'tokens']),
    'a weight as it is stored': {
      inputs: { a: input(2, 3, 2), weight: input(4, 2) },
      layOut: (g, { a, weight }) => ops.MatMul(g, a!, ops.Transpose(g, weight!, [1, 0])),
    },
    'keys exchanged with channels': {
      inputs: { query: input(2, 2, 3, 2), key: input(2, 2, 4, 2) },
      layOut: (g, { query, key }) => ops.MatMul(g, query!, ops.Transpose(g, key!, [0, 1, 3, 2])),
    },
    'keys with heads moved as well': {
      inputs: { query: input(2, 2, 3, 2), key: input(2, 4, 2, 2) },
      layOut: (g, { query, key }) => ops.MatMul(g, query!, ops.Transpose(g, key!, [0, 2, 3, 1])),
    },
  },
};

const layer = (x: Shape, epsilon?: number): Cases[string] => ({
  inputs: { x: input(...x), scale: input(Number(x.at(-1))), bias: input(Number(x.at(-1))) },
  layOut: (g, { x, scale, bias }) =>
    ops.LayerNormalization(g, x!, scale!, bias, epsilon === undefined ? {} : { epsilon }),
  sizes: { batch: 2, tokens: 3 },
});
const instance = (x: Shape, epsilon: number): Cases[string] => ({
  inputs: { x: input(...x), scale: input(Number(x[1])), bias: input(Number(x[1])) },
  layOut: (g, { x, scale, bias }) => ops.InstanceNormalization(g, x!, scale!, bias!, { epsilon }),
  sizes: { batch: 2, height: 2, width: 3 },
});

export const normalizationCases: RuleCases<
  'LayerNormalization' | 'InstanceNormalization' | 'GroupNormalization' | 'Softmax'
> = {
  LayerNormalization: {
    'a batch of tokens': layer([2, 3, 4]),
    'one token': layer([1, 1, 3]),
    'one channel': layer([2, 3, 1]),
    'an epsilon that counts': layer([2, 4], 0.5),
    'free sizes': layer(['batch', 'tokens', 4]),
    'no bias, the axis named': {
      inputs: { x: input(2, 3), scale: positive(3) },
      layOut: (g, { x, scale }) => ops.LayerNormalization(g, x!, scale!, undefined, { axis: 1 }),
    },
  },
  InstanceNormalization: {
    pictures: instance([2, 2, 3, 2], 1e-5),
    'one pixel': instance([1, 2, 1, 1], 0.1),
    'one axis in space': instance([2, 1, 5], 1e-5),
    'an epsilon that counts': instance([1, 3, 2, 2], 0.5),
    'free sizes': instance(['batch', 2, 'height', 'width'], 1e-3),
    'a scale of ones, as groups have it': {
      inputs: { x: input(2, 2, 4) },
      layOut: (g, { x }) => {
        const [ones, zeros] = [1, 0].map((value) => g.constant(float32([value, value], [2])));
        return ops.Exp(g, ops.InstanceNormalization(g, x!, ones!, zeros!, { epsilon: 1e-5 }));
      },
    },
  },
  GroupNormalization: {
    'is emitted as InstanceNormalization': {
      inputs: { x: input(1, 4, 2, 2), scale: input(4), bias: input(4) },
      layOut: (g, { x, scale, bias }) => ops.GroupNormalization(g, x!, scale!, bias!, { num_groups: 2 }),
      refuses: /form\.differentiable/,
    },
  },
  Softmax: {
    'last axis': { inputs: { x: input(2, 2, 3) }, layOut: (g, { x }) => ops.Softmax(g, x!) },
    'another axis': { inputs: { x: input(2, 3, 2) }, layOut: (g, { x }) => ops.Softmax(g, x!, { axis: 1 }) },
    'the last axis, counted from the front': {
      inputs: { x: input(2, 3) },
      layOut: (g, { x }) => ops.Softmax(g, x!, { axis: 1 }),
    },
    'one element': { inputs: { x: input(3, 1) }, layOut: (g, { x }) => ops.Add(g, ops.Softmax(g, x!), x!) },
    'free sizes': {
      inputs: { x: input('batch', 'tokens') },
      sizes: { batch: 2, tokens: 3 },
      layOut: (g, { x }) => ops.Softmax(g, x!),
    },
  },
};

export const fusedCases: RuleCases<'MultiHeadAttention' | 'FusedMatMul'> = {
  MultiHeadAttention: {
    'is emitted only for inference': {
      inputs: { x: input(1, 3, 4) },
      layOut: (g, { x }) => ops.MultiHeadAttention(g, x!, x!, x!, { num_heads: 2 }),
      refuses: /form\.differentiable/,
    },
  },
  FusedMatMul: {
    'is emitted only for inference': {
      inputs: { a: input(2, 3), b: input(4, 3) },
      layOut: (g, { a, b }) => ops.FusedMatMul(g, a!, b!, { transB: 1 }),
      refuses: /form\.differentiable/,
    },
  },
};
