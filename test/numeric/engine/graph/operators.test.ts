/** Every operator function, run by ONNX Runtime: the inferred dtype and shape are what the runtime gives. */
import { describe, expect, it } from 'vitest';
import type { OpName } from '../../../../src/engine/graph/attributes';
import { evaluate } from '../../../../src/engine/graph/dims';
import { GraphBuilder, type Value } from '../../../../src/engine/graph/graph';
import { ARITY } from '../../../../src/engine/graph/attributes';
import * as ops from '../../../../src/engine/graph/ops/index';
import { createSession } from '../../../../src/engine/runtime/session';
import { float32, int64, type Tensor } from '../../../../src/engine/tensors/tensor';

const SYMBOLS = { batch: 2, height: 5, width: 7 };
const wave = (shape: readonly number[], phase = 0): Tensor =>
  float32(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i + phase)),
    shape,
  );

/** x: float32[batch, 4, height, width], w: float32[width, 6], i: int64[batch, 3] */
interface Inputs {
  readonly x: Value;
  readonly w: Value;
  readonly i: Value;
}
const FEEDS = { x: wave([2, 4, 5, 7]), w: wave([7, 6]), i: int64([0, 2, 1, 3, 0, 1], [2, 3]) };
type Lay = (g: GraphBuilder, inputs: Inputs) => Value | Value[];

const constant = (g: GraphBuilder, shape: readonly number[]): Value => ops.Constant(g, wave(shape, 1));
const tokens = (g: GraphBuilder, x: Value): Value =>
  ops.Transpose(g, ops.Reshape(g, x, ['batch', 4, 'height*width']), [0, 2, 1]);

const CASES: Record<OpName, Record<string, Lay>> = {
  Conv: {
    'stride 1, padded': (g, { x }) =>
      ops.Conv(g, x, constant(g, [6, 4, 3, 3]), constant(g, [6]), { pads: [1, 1, 1, 1] }),
    'stride 2, padded': (g, { x }) =>
      ops.Conv(g, x, constant(g, [6, 4, 3, 3]), undefined, { strides: [2, 2], pads: [1, 1, 1, 1] }),
    'stride 2, padded at the end': (g, { x }) =>
      ops.Conv(g, x, constant(g, [6, 4, 3, 3]), undefined, { strides: [2, 2], pads: [0, 0, 1, 1] }),
    'grouped and dilated': (g, { x }) =>
      ops.Conv(g, x, constant(g, [6, 2, 3, 3]), undefined, { group: 2, dilations: [2, 2] }),
  },
  ConvTranspose: {
    'stride 2': (g, { x }) => ops.ConvTranspose(g, x, constant(g, [4, 3, 3, 3]), constant(g, [3]), { strides: [2, 2] }),
    'output padding': (g, { x }) =>
      ops.ConvTranspose(g, x, constant(g, [4, 3, 3, 3]), undefined, {
        strides: [2, 2],
        pads: [1, 1, 1, 1],
        output_padding: [1, 1],
      }),
  },
  AveragePool: { '2 x 2': (g, { x }) => ops.AveragePool(g, x, { kernel_shape: [2, 2], strides: [2, 2] }) },
  Resize: {
    'by 2': (g, { x }) => ops.Resize(g, x, { scale: 2 }),
    'to known sizes': (g, { x }) =>
      ops.Resize(g, ops.Slice(g, x, { starts: [0], ends: [1], axes: [0] }), { dims: [1, 4, 9, 13] }),
    'to free sizes': (g, { x }) => {
      const half = ops.AveragePool(g, x, { kernel_shape: [2, 2], strides: [2, 2] });
      return ops.Resize(g, half, { dims: ['batch', 4, 'height', 'width'] });
    },
  },
  MatMul: { 'batch by matrix': (g, { x, w }) => ops.MatMul(g, x, w) },
  LayerNormalization: {
    tokens: (g, { x }) =>
      ops.LayerNormalization(g, tokens(g, x), constant(g, [4]), constant(g, [4]), { epsilon: 1e-5 }),
  },
  InstanceNormalization: { images: (g, { x }) => ops.InstanceNormalization(g, x, constant(g, [4]), constant(g, [4])) },
  GroupNormalization: {
    images: (g, { x }) => ops.GroupNormalization(g, x, constant(g, [4]), constant(g, [4]), { num_groups: 2 }),
  },
  Softmax: { 'last axis': (g, { x }) => ops.Softmax(g, x), 'axis 1': (g, { x }) => ops.Softmax(g, x, { axis: 1 }) },
  Add: { 'a number': (g, { x }) => ops.Add(g, x, 2), broadcast: (g, { x }) => ops.Add(g, x, constant(g, [4, 1, 1])) },
  Sub: { 'from a number': (g, { x }) => ops.Sub(g, 1, x) },
  Mul: { itself: (g, { x }) => ops.Mul(g, x, x) },
  Div: { 'by a number': (g, { x }) => ops.Div(g, x, 3) },
  Neg: { x: (g, { x }) => ops.Neg(g, x) },
  Sqrt: { x: (g, { x }) => ops.Sqrt(g, ops.Mul(g, x, x)) },
  Exp: { x: (g, { x }) => ops.Exp(g, x) },
  Sin: { x: (g, { x }) => ops.Sin(g, x) },
  Cos: { x: (g, { x }) => ops.Cos(g, x) },
  Erf: { x: (g, { x }) => ops.Erf(g, x) },
  Sigmoid: { x: (g, { x }) => ops.Sigmoid(g, x) },
  Tanh: { x: (g, { x }) => ops.Tanh(g, x) },
  Relu: { x: (g, { x }) => ops.Relu(g, x) },
  Clip: {
    'both sides': (g, { x }) => ops.Clip(g, x, -0.5, 0.5),
    'above only': (g, { x }) => ops.Clip(g, x, undefined, 0),
  },
  Identity: { x: (g, { x }) => ops.Identity(g, x) },
  Cast: { 'to int64': (g, { x }) => ops.Cast(g, x, 'int64'), 'to float16': (g, { x }) => ops.Cast(g, x, 'float16') },
  Less: { 'than a number': (g, { x }) => ops.Less(g, x, 0) },
  Equal: { indices: (g, { i }) => ops.Equal(g, i, 1) },
  Where: { 'below zero': (g, { x }) => ops.Where(g, ops.Less(g, x, 0), 0, x) },
  Reshape: {
    'merging free axes': (g, { x }) => ops.Reshape(g, x, ['batch', 4, 'height*width']),
    'splitting known ones': (g, { x }) => ops.Reshape(g, x, ['batch', 2, 2, 'height', 'width']),
    'back to free axes': (g, { x }) => ops.Reshape(g, tokens(g, x), ['batch', 2, 2, 'height', 'width']),
    'one size left open': (g, { x }) => ops.Reshape(g, x, ['batch', 2, -1]),
  },
  Transpose: { NHWC: (g, { x }) => ops.Transpose(g, x, [0, 2, 3, 1]) },
  Concat: {
    channels: (g, { x }) => ops.Concat(g, [x, x], { axis: 1 }),
    'free axis': (g, { x }) => ops.Concat(g, [x, x], { axis: 2 }),
  },
  Split: { channels: (g, { x }) => ops.Split(g, x, [1, 3], { axis: 1 }) },
  Slice: {
    'known axis': (g, { x }) => ops.Slice(g, x, { starts: [1], ends: [3], axes: [1] }),
    'free axis, to the end': (g, { x }) => ops.Slice(g, x, { starts: [1], ends: [ops.TO_END], axes: [2] }),
    'free axis, without the last': (g, { x }) => ops.Slice(g, x, { starts: [0], ends: [-1], axes: [-1] }),
    'last element': (g, { x }) => ops.Slice(g, x, { starts: [-1], ends: [ops.TO_END], axes: [3] }),
    'to a free end': (g, { x }) =>
      ops.Slice(g, ops.Resize(g, x, { scale: 2 }), { starts: [0, 0], ends: ['height', 'width'], axes: [2, 3] }),
    backwards: (g, { x }) => ops.Slice(g, x, { starts: [-1], ends: [-ops.TO_END], axes: [1], steps: [-1] }),
  },
  Gather: {
    rows: (g, { i }) => ops.Gather(g, constant(g, [9, 5]), i),
    columns: (g, { w, i }) => ops.Gather(g, w, i, { axis: 1 }),
  },
  Expand: { 'to a free batch': (g, { x }) => ops.Expand(g, constant(g, [1, 3, 1]), [x.shape[0] ?? 0, 3, 5]) },
  Unsqueeze: { 'two axes': (g, { w }) => ops.Unsqueeze(g, w, [0, -1]) },
  Squeeze: { 'one axis': (g, { w }) => ops.Squeeze(g, ops.Unsqueeze(g, w, [0, 1]), [0]) },
  Pad: { 'with a value': (g, { x }) => ops.Pad(g, x, [0, 0, 1, 0, 0, 0, 0, 2], { value: 3 }) },
  Shape: { 'one axis': (g, { x }) => ops.Shape(g, x, { start: 2, end: 3 }), all: (g, { x }) => ops.Shape(g, x) },
  Range: { 'known limit': (g) => ops.Range(g, 2, 9, 3), 'free limit': (g) => ops.Range(g, 0, 'width', 1) },
  ReduceSum: {
    'all axes': (g, { x }) => ops.ReduceSum(g, x, undefined),
    spatial: (g, { x }) => ops.ReduceSum(g, x, [2, 3]),
  },
  ReduceMean: { 'last axis, removed': (g, { x }) => ops.ReduceMean(g, x, [-1], { keepdims: 0 }) },
  ReduceMax: { channels: (g, { x }) => ops.ReduceMax(g, x, [1]) },
  ArgMax: { 'last axis': (g, { i }) => ops.ArgMax(g, i, { axis: -1, keepdims: 0 }) },
  MultiHeadAttention: {
    'self-attention': (g, { x }) => {
      const t = tokens(g, x);
      return ops.MultiHeadAttention(g, t, t, t, { num_heads: 2 });
    },
    'with a bias on the scores': (g, { i }) => {
      const t = ops.Gather(g, constant(g, [9, 4]), i);
      return ops.MultiHeadAttention(g, t, t, t, { num_heads: 2, scale: 0.7 }, undefined, constant(g, [1, 1, 3, 3]));
    },
  },
  FusedMatMul: {
    'weight as stored': (g, { w }) => ops.FusedMatMul(g, w, constant(g, [3, 6]), { transB: 1, alpha: 0.5 }),
  },
};

async function run(lay: Lay): Promise<{ outputs: readonly Value[]; results: Record<string, Tensor> }> {
  const g = new GraphBuilder('operator');
  const inputs = {
    x: g.input('x', 'float32', ['batch', 4, 'height', 'width']),
    w: g.input('w', 'float32', ['width', 6]),
    i: g.input('i', 'int64', ['batch', 3]),
  };
  const laid = lay(g, inputs);
  [laid].flat().forEach((value, k) => {
    g.output(`y${k}`, value);
  });
  const graph = g.finish();
  const session = await createSession(graph, { device: 'cpu', profile: 'mapped' });
  const results = await session.run(FEEDS);
  await session.release();
  return { outputs: graph.outputs, results };
}

describe('operator functions agree with ONNX Runtime on dtype and shape', () => {
  const symbols = new Map(Object.entries(SYMBOLS));
  for (const op of Object.keys(ARITY) as OpName[]) {
    it.each(Object.entries(CASES[op]))(`${op}: %s`, async (_, lay) => {
      const { outputs, results } = await run(lay);
      for (const { name, dtype, shape } of outputs) {
        expect(results[name]!.dtype).toBe(dtype);
        expect(results[name]!.shape).toEqual(shape.map((dim) => evaluate(dim, symbols)));
      }
    });
  }
});

describe('Resize', () => {
  it.each([
    [3, 5],
    [4, 7],
    [5, 9],
    [5, 10],
    [7, 13],
    [6, 3],
  ])('from %i to %i picks source pixel floor(target x from / to), as PyTorch does', async (from, to) => {
    const g = new GraphBuilder('resize');
    const x = g.input('x', 'float32', [1, 1, 1, 'from']);
    const size = g.input('size', 'float32', ['to']);
    g.output('y', ops.Resize(g, x, { dims: [1, 1, 1, size.shape[0] ?? 0] }));
    g.output('size.used', ops.Identity(g, size));
    const session = await createSession(g.finish(), { device: 'cpu', profile: 'mapped' });
    const source = Array.from({ length: from }, (_, i) => i);
    const { y } = await session.run({ x: float32(source, [1, 1, 1, from]), size: wave([to]) });
    await session.release();
    expect([...y!.data]).toEqual(Array.from({ length: to }, (_, i) => Math.floor((i * from) / to)));
  });
});
