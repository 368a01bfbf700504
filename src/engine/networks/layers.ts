/** The layers every model is made of, with weights named as torch names them. */
import { product } from '../graph/dims';
import type { Dim, Value } from '../graph/graph';
import {
  Add,
  Conv,
  FusedMatMul,
  InstanceNormalization,
  LayerNormalization,
  MatMul,
  Mul,
  Reshape,
  Resize,
  Sigmoid,
  Transpose,
  Unsqueeze,
} from '../graph/ops/index';
import { float32 } from '../tensors/tensor';
import { addLora } from './add-lora';
import { knownDim, type Module } from './module';

/** y = x Wᵀ (+ b) over the last axis; W is stored [out, in] and used as stored. */
export function linear(m: Module, x: Value, out: number, { bias = true } = {}): Value {
  const { g } = m;
  const inner = knownDim(x, x.shape.length - 1);
  const product = timesTransposed(m, x, m.weight('weight', [out, inner]), '');
  const biased = bias ? Add(g, product, m.weight('bias', [out]), m.pathOf('biased')) : product;
  return m.tap(
    addLora(m, biased, {
      shapeA: (rank) => [rank, inner],
      shapeB: (rank) => [out, rank],
      applyA: (weight) => timesTransposed(m, x, weight, 'lora_A'),
      applyB: (hidden, weight) => timesTransposed(m, hidden, weight, 'lora_B'),
    }),
  );
}

function timesTransposed(m: Module, x: Value, weight: Value, name: string): Value {
  const { g } = m;
  const hint = name === '' ? m.path : m.pathOf(name);
  return g.form.provider === 'cpu' && !g.form.differentiable
    ? FusedMatMul(g, x, weight, { transB: 1 }, hint)
    : MatMul(g, x, Transpose(g, weight, [1, 0], `${hint}.weight.T`), hint);
}

export interface ConvOptions {
  readonly kernel: number;
  readonly stride?: number;
  /** One number for all sides, or [top, left, bottom, right]. */
  readonly padding?: number | readonly [number, number, number, number];
  readonly bias?: boolean;
}

/** Two-dimensional convolution, NCHW. */
export function conv(
  m: Module,
  x: Value,
  out: number,
  { kernel, stride = 1, padding = 0, bias = true }: ConvOptions,
): Value {
  const { g } = m;
  const channels = knownDim(x, 1);
  const weight = m.weight('weight', [out, channels, kernel, kernel]);
  const pads = typeof padding === 'number' ? [padding, padding, padding, padding] : padding;
  const geometry = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads };
  const y = Conv(g, x, weight, bias ? m.weight('bias', [out]) : undefined, geometry, m.path);
  return m.tap(
    addLora(m, y, {
      shapeA: (rank) => [rank, channels, kernel, kernel],
      shapeB: (rank) => [out, rank, 1, 1],
      applyA: (A) => Conv(g, x, A, undefined, geometry, m.pathOf('lora_A')),
      applyB: (hidden, B) => Conv(g, hidden, B, undefined, { kernel_shape: [1, 1] }, m.pathOf('lora_B')),
    }),
  );
}

/**
 * GroupNorm over NCHW, written as Reshape + InstanceNormalization + scale and shift:
 * it runs on every provider (WebGPU has no GroupNormalization) and is the faster form on the CPU (bench/README.md).
 */
export function groupNorm(m: Module, x: Value, groups: number, epsilon: number): Value {
  const { g } = m;
  const channels = knownDim(x, 1);
  const [batch = 1, , height = 1, width = 1] = x.shape;
  const grouped = Reshape(g, x, [batch, groups, product(channels / groups, height, width)], m.pathOf('grouped'));
  const ones = g.constant(float32(new Float32Array(groups).fill(1), [groups]), m.pathOf('ones'));
  const zeros = g.constant(float32(new Float32Array(groups), [groups]), m.pathOf('zeros'));
  const normal = InstanceNormalization(g, grouped, ones, zeros, { epsilon }, m.pathOf('normal'));
  const back = Reshape(g, normal, x.shape, m.pathOf('ungrouped'));
  const scaled = Mul(
    g,
    back,
    Unsqueeze(g, m.weight('weight', [channels]), [1, 2], m.pathOf('scale')),
    m.pathOf('scaled'),
  );
  return m.tap(Add(g, scaled, Unsqueeze(g, m.weight('bias', [channels]), [1, 2], m.pathOf('shift')), m.path));
}

/** LayerNorm over the last axis. */
export function layerNorm(m: Module, x: Value, epsilon: number): Value {
  const width = knownDim(x, x.shape.length - 1);
  return m.tap(
    LayerNormalization(m.g, x, m.weight('weight', [width]), m.weight('bias', [width]), { axis: -1, epsilon }, m.path),
  );
}

/** x · sigmoid(x). ONNX Runtime fuses the pair itself. */
export function silu(m: Module, x: Value): Value {
  return Mul(m.g, x, Sigmoid(m.g, x, m.pathOf('sigmoid')), m.pathOf('silu'));
}

/** Nearest-neighbour resize of NCHW to height × width, torch's `interpolate(mode='nearest')`. */
export function resizeNearest(m: Module, x: Value, height: Dim, width: Dim): Value {
  return Resize(m.g, x, { dims: [x.shape[0] ?? 1, knownDim(x, 1), height, width] }, m.pathOf('resized'));
}

/** Nearest-neighbour enlargement of NCHW by a whole factor. */
export function enlarge(m: Module, x: Value, factor: number): Value {
  return Resize(m.g, x, { scale: factor }, m.pathOf('enlarged'));
}
