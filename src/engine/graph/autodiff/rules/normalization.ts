/** Derivatives of normalizations and Softmax. */
import type { GraphBuilder, Value } from '../../graph';
import { Add, Div, Mul, ReduceMean, ReduceSum, Sqrt, Sub, Unsqueeze } from '../../ops/index';
import { refusal, when, type GradientCall, type GradientFamily } from '../rule';

type Normalizations = 'LayerNormalization' | 'InstanceNormalization' | 'GroupNormalization' | 'Softmax';

/** ONNX's default for all of them. */
const DEFAULT_EPSILON = 1e-5;

export const normalizationRules: GradientFamily<Normalizations> = {
  LayerNormalization: (call) => {
    const { g } = call;
    const rank = call.input(0).shape.length;
    const { axis = -1 } = call.attributes;
    if (axis !== -1 && axis !== rank - 1) call.refuse('only the last axis has a derivative rule');
    const normal = new Normalized(call, [rank - 1], call.attributes.epsilon);
    const scaled = (): Value => Mul(g, call.dy(), call.input(1), call.hint('scaled'));
    return [
      when(call, 0, () => normal.dx(scaled())),
      when(call, 1, () => Mul(g, call.dy(), normal.value, call.hint('scale'))),
      when(call, 2, () => call.dy()),
    ];
  },

  InstanceNormalization: (call) => {
    const { g } = call;
    const { shape } = call.input(0);
    const spatial = shape.map((_, axis) => axis).slice(2);
    const others = [0, ...spatial];
    const normal = new Normalized(call, spatial, call.attributes.epsilon);
    return [
      when(call, 0, () => normal.dx(isOnes(g, call.input(1)) ? call.dy() : scaledChannels(call, spatial))),
      when(call, 1, () =>
        ReduceSum(
          g,
          Mul(g, call.dy(), normal.value, call.hint('product')),
          others,
          { keepdims: 0 },
          call.hint('scale'),
        ),
      ),
      when(call, 2, () => ReduceSum(g, call.dy(), others, { keepdims: 0 }, call.hint('bias'))),
    ];
  },

  GroupNormalization: refusal('build the graph with form.differentiable: it has Reshape and InstanceNormalization'),

  // y (dy − Σ dy y)
  Softmax: (call) => {
    const { g } = call;
    const y = call.output();
    const product = Mul(g, call.dy(), y, call.hint('product'));
    const total = ReduceSum(g, product, [call.attributes.axis ?? -1], {}, call.hint('total'));
    return [Sub(g, product, Mul(g, y, total, call.hint('share')), call.hint('x'))];
  },
};

function scaledChannels(call: GradientCall, spatial: readonly number[]): Value {
  const { g } = call;
  const scale = Unsqueeze(
    g,
    call.input(1),
    spatial.map((axis) => axis - 1),
    call.hint('channels'),
  );
  return Mul(g, call.dy(), scale, call.hint('scaled'));
}

function isOnes(g: GraphBuilder, value: Value): boolean {
  const constant = g.constantOf(value);
  return constant?.data instanceof Float32Array && constant.data.every((element) => element === 1);
}

/** (x − mean) / √(variance + ε) over some axes, and its derivative; each part is emitted once. */
class Normalized {
  readonly #call: GradientCall;
  readonly #axes: readonly number[];
  readonly #epsilon: number;
  #value: Value | undefined;
  #inverse: Value | undefined;

  constructor(call: GradientCall, axes: readonly number[], epsilon = DEFAULT_EPSILON) {
    this.#call = call;
    this.#axes = axes;
    this.#epsilon = epsilon;
  }

  get value(): Value {
    this.#value ??= this.#normalize();
    return this.#value;
  }

  /** (d − mean d − x̂ mean(d x̂)) / √(variance + ε) for the gradient d of x̂ (layer normalization, arXiv 1607.06450). */
  dx(d: Value): Value {
    const { g } = this.#call;
    const normal = this.value;
    const centred = Sub(g, d, this.#mean(d, 'd.mean'), this.#hint('d.centred'));
    const along = this.#mean(Mul(g, d, normal, this.#hint('d.product')), 'd.along');
    const across = Sub(g, centred, Mul(g, normal, along, this.#hint('d.part')), this.#hint('d.across'));
    return Mul(g, across, this.#inverse ?? across, this.#hint('x'));
  }

  #normalize(): Value {
    const { g } = this.#call;
    const x = this.#call.input(0);
    const centred = Sub(g, x, this.#mean(x, 'mean'), this.#hint('centred'));
    const variance = this.#mean(Mul(g, centred, centred, this.#hint('squares')), 'variance');
    this.#inverse = Div(g, 1, Sqrt(g, Add(g, variance, this.#epsilon), this.#hint('deviation')), this.#hint('inverse'));
    return Mul(g, centred, this.#inverse, this.#hint('normal'));
  }

  #mean(value: Value, name: string): Value {
    return ReduceMean(this.#call.g, value, this.#axes, {}, this.#hint(name));
  }

  #hint(name: string): string {
    return this.#call.hint(name);
  }
}
