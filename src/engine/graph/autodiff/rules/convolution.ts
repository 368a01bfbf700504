/** Derivatives of convolutions. Which form is fastest was measured (bench/README.md). */
import type { ConvAttributes } from '../../attributes';
import { product, sum } from '../../dims';
import type { Value } from '../../graph';
import {
  Concat,
  Conv,
  ConvTranspose,
  MatMul,
  Pad,
  ReduceSum,
  Reshape,
  Slice,
  Transpose,
  TO_END,
} from '../../ops/index';
import { refusal, when, type GradientCall, type GradientFamily } from '../rule';

export const convolutionRules: GradientFamily<'Conv' | 'ConvTranspose' | 'AveragePool'> = {
  Conv: (call) => {
    const geometry = geometryOf(call);
    return [
      when(call, 0, () => dataGradient(call, geometry)),
      when(call, 1, () => weightGradient(call, geometry)),
      when(call, 2, () => ReduceSum(call.g, call.dy(), [0, 2, 3], { keepdims: 0 }, call.hint('bias'))),
    ];
  },
  ConvTranspose: refusal('no model uses it forward'),
  AveragePool: refusal('no model uses it forward'),
};

interface Geometry {
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly pads: readonly [top: number, left: number, bottom: number, right: number];
}

function geometryOf(call: GradientCall<'Conv'>): Geometry {
  const { strides = [1, 1], pads = [0, 0, 0, 0], dilations = [1, 1], group = 1 }: ConvAttributes = call.attributes;
  const [, , high, wide] = call.input(1).shape;
  if (group !== 1 || dilations.some((step) => step !== 1)) call.refuse('groups and dilations have no derivative rule');
  if (strides[0] !== strides[1]) call.refuse('unequal strides have no derivative rule');
  if (typeof high !== 'number' || typeof wide !== 'number') call.refuse('the kernel size must be known');
  const [top = 0, left = 0, bottom = 0, right = 0] = pads;
  return { kernel: [high, wide], stride: strides[0] ?? 1, pads: [top, left, bottom, right] };
}

function dataGradient(call: GradientCall<'Conv'>, geometry: Geometry): Value {
  const { kernel, stride, pads } = geometry;
  const stored = call.g.form.backward === 'small' && !isPoint(geometry);
  // Windows that lie in the padding alone would need a convolution that cuts dy.
  const cuts = pads.some((pad, side) => pad >= (kernel[side % 2] ?? 1));
  return stride !== 1 || stored || cuts ? byTransposed(call, geometry) : byFlippedKernel(call, geometry);
}

function isPoint({ kernel }: Geometry): boolean {
  return kernel[0] === 1 && kernel[1] === 1;
}

/** A convolution of dy with the weight turned around; its copy is folded into the session when it loads. */
function byFlippedKernel(call: GradientCall<'Conv'>, geometry: Geometry): Value {
  const { g } = call;
  const { kernel, pads } = geometry;
  const exchanged = Transpose(g, call.input(1), [1, 0, 2, 3], call.hint('exchanged'));
  const flipped = isPoint(geometry)
    ? exchanged
    : Slice(
        g,
        exchanged,
        { starts: [-1, -1], ends: [-TO_END, -TO_END], axes: [2, 3], steps: [-1, -1] },
        call.hint('flipped'),
      );
  const back = pads.map((pad, side) => (kernel[side % 2] ?? 1) - 1 - pad);
  return Conv(g, call.dy(), flipped, undefined, { kernel_shape: kernel, pads: back }, call.hint('x'));
}

/** The transposed convolution, with the weight as it is stored. Rows and columns that no window reached stay zero. */
function byTransposed(call: GradientCall<'Conv'>, { kernel, stride, pads }: Geometry): Value {
  const { g } = call;
  const [top, left, bottom, right] = pads;
  // Large enough for every input size that gives this output size; what is too much is cut off.
  const spare = [Math.max(0, stride - 1 - bottom), Math.max(0, stride - 1 - right)];
  const whole = ConvTranspose(
    g,
    call.dy(),
    call.input(1),
    undefined,
    { kernel_shape: kernel, strides: [stride, stride], pads: [top, left, 0, 0], output_padding: spare },
    call.hint('whole'),
  );
  const [, , height = 1, width = 1] = call.input(0).shape;
  return Slice(g, whole, { starts: [0, 0], ends: [height, width], axes: [2, 3] }, call.hint('x'));
}

/** One matrix product for each place of the kernel: twice as fast as a convolution over exchanged axes. */
function weightGradient(call: GradientCall<'Conv'>, geometry: Geometry): Value {
  const { g } = call;
  const { kernel, pads } = geometry;
  const dy = call.dy();
  const [batch = 1, out = 1, tall = 1, wide = 1] = dy.shape;
  const channels = call.input(0).shape[1] ?? 1;
  const [top, left, bottom, right] = pads;
  const x = pads.every((pad) => pad === 0)
    ? call.input(0)
    : Pad(g, call.input(0), [0, 0, top, left, 0, 0, bottom, right], {}, call.hint('padded'));
  const errors = Reshape(g, dy, [batch, out, product(tall, wide)], call.hint('dy.rows'));
  const places: Value[] = [];
  for (let row = 0; row < kernel[0]; row++) {
    for (let column = 0; column < kernel[1]; column++) {
      const seen = seenFrom(call, x, { row, column, ...geometry });
      const rows = Reshape(g, seen, [batch, channels, product(tall, wide)], call.hint('rows'));
      const each = MatMul(g, errors, Transpose(g, rows, [0, 2, 1], call.hint('columns')), call.hint('place'));
      places.push(Reshape(g, ReduceSum(g, each, [0], { keepdims: 0 }), [out, channels, 1], call.hint('place')));
    }
  }
  const [first] = places;
  const joined =
    places.length === 1 && first !== undefined ? first : Concat(g, places, { axis: 2 }, call.hint('places'));
  return Reshape(g, joined, call.input(1).shape, call.hint('weight'));
}

interface KernelPlace extends Geometry {
  readonly row: number;
  readonly column: number;
}

/** The pixels that one place of the kernel saw, in the order of the outputs. */
function seenFrom(call: GradientCall<'Conv'>, x: Value, { row, column, kernel, stride }: KernelPlace): Value {
  if (isPoint({ kernel, stride, pads: [0, 0, 0, 0] }) && stride === 1) return x;
  const [, , tall = 1, wide = 1] = call.dy().shape;
  const range = { starts: [row, column], axes: [2, 3] };
  if (stride === 1) {
    return Slice(call.g, x, { ...range, ends: [sum(tall, row), sum(wide, column)] }, call.hint('seen'));
  }
  if (typeof tall !== 'number' || typeof wide !== 'number') {
    call.refuse('the weight of a strided convolution has a derivative rule only for known sizes');
  }
  const ends = [row + (tall - 1) * stride + 1, column + (wide - 1) * stride + 1];
  return Slice(call.g, x, { ...range, ends, steps: [stride, stride] }, call.hint('seen'));
}
