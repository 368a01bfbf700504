/** A classifier with one hidden layer, trained by Adam with label smoothing. Small enough for plain loops. */
import { ADAMW_DEFAULTS, adamwStep, type Moments } from '../../src/engine/training/adamw';
import { normalNoise } from '../../src/engine/tensors/noise';
import { uniformIn } from './choices';

const HIDDEN = 96;
const LEARNING_RATE = 2e-3;
const BATCH = 32;
const SMOOTHING = 0.1;
const SEED = 11;

export interface Labelled {
  readonly features: Float32Array;
  readonly label: number;
}

interface Parameter {
  readonly value: Float32Array;
  readonly gradient: Float32Array;
  readonly moments: Moments;
}

export class Perceptron {
  readonly #first: Parameter;
  readonly #second: Parameter;
  #step = 0;

  constructor(
    inputs: number,
    private readonly classes: number,
  ) {
    this.#first = parameter((inputs + 1) * HIDDEN, Math.sqrt(2 / inputs), 0);
    this.#second = parameter((HIDDEN + 1) * classes, Math.sqrt(1 / HIDDEN), 1);
  }

  /** One pass over the examples in an order fixed by the epoch. */
  train(examples: readonly Labelled[], epoch: number): void {
    const order = examples
      .map((example, i) => ({ example, place: uniformIn(SEED + 1 + epoch, i) }))
      .sort((a, b) => a.place - b.place);
    for (let start = 0; start < order.length; start += BATCH) {
      const batch = order.slice(start, start + BATCH);
      for (const { example } of batch) this.#accumulate(example, 1 / batch.length);
      this.#step++;
      for (const { value, gradient, moments } of [this.#first, this.#second]) {
        adamwStep(value, gradient, moments, { ...ADAMW_DEFAULTS, step: this.#step, learningRate: LEARNING_RATE });
        gradient.fill(0);
      }
    }
  }

  /** All weights, to be kept and put back. */
  get weights(): readonly Float32Array[] {
    return [this.#first.value, this.#second.value];
  }

  set weights([first, second]: readonly Float32Array[]) {
    this.#first.value.set(first!);
    this.#second.value.set(second!);
  }

  /** Probabilities of all classes. */
  probabilities(features: Float32Array): Float32Array {
    return this.#forward(features).output;
  }

  #forward(features: Float32Array): { readonly hidden: Float32Array; readonly output: Float32Array } {
    const hidden = affine(this.#first.value, features, HIDDEN).map((value) => Math.max(0, value));
    return { hidden, output: softmax(affine(this.#second.value, hidden, this.classes)) };
  }

  #accumulate({ features, label }: Labelled, weight: number): void {
    const { hidden, output } = this.#forward(features);
    const error = output.map((p, i) => weight * (p - SMOOTHING / this.classes - (i === label ? 1 - SMOOTHING : 0)));
    const back = outerProduct(this.#second, hidden, error);
    outerProduct(
      this.#first,
      features,
      back.map((slope, i) => (hidden[i]! > 0 ? slope : 0)),
    );
  }
}

function parameter(size: number, deviation: number, stream: number): Parameter {
  const value = normalNoise(SEED, stream, size).map((number) => number * deviation);
  const zeros = (): Float32Array => new Float32Array(size);
  return { value, gradient: zeros(), moments: { first: zeros(), second: zeros() } };
}

/** W x + b; W is stored by input, the bias last. */
function affine(weights: Float32Array, input: Float32Array, outputs: number): Float32Array {
  const result = weights.slice(input.length * outputs);
  for (let i = 0; i < input.length; i++) {
    const x = input[i]!;
    if (x === 0) continue;
    for (let j = 0, w = i * outputs; j < outputs; j++, w++) result[j]! += x * weights[w]!;
  }
  return result;
}

/** Adds input ⊗ error to the gradient; returns Wᵀ error. */
function outerProduct({ value, gradient }: Parameter, input: Float32Array, error: Float32Array): Float32Array {
  const back = new Float32Array(input.length);
  for (let i = 0; i <= input.length; i++) {
    const x = i === input.length ? 1 : input[i]!;
    if (x === 0) continue;
    for (let j = 0, w = i * error.length; j < error.length; j++, w++) {
      gradient[w]! += x * error[j]!;
      if (i < input.length) back[i]! += value[w]! * error[j]!;
    }
  }
  return back;
}

function softmax(values: Float32Array): Float32Array {
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
}
