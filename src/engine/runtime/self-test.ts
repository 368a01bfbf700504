/** A small graph with the operators every model is made of, to find devices that compute something else. */
import { GraphBuilder, type Graph, type GraphForm, type Value } from '../graph/graph';
import {
  Add,
  Constant,
  Conv,
  InstanceNormalization,
  LayerNormalization,
  MatMul,
  Mul,
  Reshape,
  Resize,
  Sigmoid,
  Softmax,
  Transpose,
} from '../graph/ops/index';
import { float32, sizeOf, type Tensor } from '../tensors/tensor';

const SIZE = 8;
const CHANNELS = 16;
const HEADS = 2;
const TOKENS = SIZE * SIZE;

/** Plain operators only and known sizes, so that nothing but the device itself has to run. */
export function selfTestGraph(provider: GraphForm['provider']): Graph {
  const g = new GraphBuilder('self-test', { differentiable: false, provider });
  const x = g.input('x', 'float32', [1, CHANNELS, SIZE, SIZE]);
  const conv = Conv(g, x, weight(g, [CHANNELS, CHANNELS, 3, 3]), weight(g, [CHANNELS]), { pads: [1, 1, 1, 1] });
  g.output('convolution', conv);
  const normal = groupNormal(g, conv);
  const active = Mul(g, normal, Sigmoid(g, normal));
  g.output('normalization', active);
  const tokens = Transpose(g, Reshape(g, active, [1, CHANNELS, TOKENS]), [0, 2, 1]);
  const attended = attention(g, LayerNormalization(g, tokens, weight(g, [CHANNELS]), weight(g, [CHANNELS])));
  g.output('attention', attended);
  const image = Reshape(g, Transpose(g, attended, [0, 2, 1]), [1, CHANNELS, SIZE, SIZE]);
  g.output('upsampling', Resize(g, Add(g, image, x), { scale: 2 }));
  return g.finish();
}

/** The same picture for every device. */
export function selfTestInput(): { x: Tensor } {
  return { x: wave([1, CHANNELS, SIZE, SIZE], 1) };
}

function groupNormal(g: GraphBuilder, x: Value): Value {
  const groups = CHANNELS / 4;
  const grouped = Reshape(g, x, [1, groups, -1]);
  const normal = InstanceNormalization(g, grouped, weight(g, [groups]), weight(g, [groups]), { epsilon: 1e-5 });
  return Reshape(g, normal, x.shape);
}

function attention(g: GraphBuilder, x: Value): Value {
  const heads = (name: string): Value => {
    const projected = MatMul(g, x, weight(g, [CHANNELS, CHANNELS]), name);
    return Transpose(g, Reshape(g, projected, [1, TOKENS, HEADS, CHANNELS / HEADS]), [0, 2, 1, 3]);
  };
  const scores = MatMul(g, heads('query'), Transpose(g, heads('key'), [0, 1, 3, 2]), 'scores');
  const weights = Softmax(g, Mul(g, scores, 1 / Math.sqrt(CHANNELS / HEADS)));
  const mixed = Transpose(g, MatMul(g, weights, heads('value')), [0, 2, 1, 3]);
  return Reshape(g, mixed, [1, TOKENS, CHANNELS]);
}

function weight(g: GraphBuilder, shape: readonly number[]): Value {
  return Constant(g, wave(shape, shape.length), 'weight');
}

/** Values in [-0.5, 0.5] without a pattern that a wrong layout could hide behind. */
function wave(shape: readonly number[], phase: number): Tensor {
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * 12.9898 + phase) / 2);
  return float32(data, shape);
}
