/** Gradients of small graphs against differences of their outputs, both computed by ONNX Runtime. */
import { gradients } from '../../src/engine/graph/autodiff/gradients';
import { evaluate } from '../../src/engine/graph/dims';
import { GraphBuilder, type Graph, type GraphForm, type Shape, type Value } from '../../src/engine/graph/graph';
import { Add, Mul, ReduceSum, Sin } from '../../src/engine/graph/ops/index';
import { createSession, type Session } from '../../src/engine/runtime/session';
import { normalNoise } from '../../src/engine/tensors/noise';
import { float32, sizeOf, type Tensor } from '../../src/engine/tensors/tensor';

/** A float32 input of a case; the gradient of each is checked. */
export interface CaseInput {
  readonly shape: Shape;
  /** Turns standard normal numbers into values where the operator is smooth. */
  readonly from?: (normal: number) => number;
}

export interface GradientCase {
  readonly inputs: Readonly<Record<string, CaseInput>>;
  readonly layOut: (g: GraphBuilder, inputs: Readonly<Record<string, Value>>) => Value | Value[];
  /** What free axes are when the graph runs. */
  readonly sizes?: Readonly<Record<string, number>>;
}

/** Σ sin(2 y + 1 + k) over the elements of all outputs y_k: every element has its own slope and curvature. */
export function lossOf(g: GraphBuilder, outputs: readonly Value[]): Value {
  return outputs
    .map((y, k) => ReduceSum(g, Sin(g, Add(g, Mul(g, y, 2), 1 + k)), undefined, { keepdims: 0 }))
    .reduce((sum, part) => Add(g, sum, part));
}

/** The graph of a case: outputs `y0`, `y1`, … and `grad.<input>`. */
export function caseGraph({ inputs, layOut }: GradientCase, form: Omit<GraphForm, 'differentiable'>): Graph {
  const g = new GraphBuilder('gradient case', { differentiable: true, ...form });
  const values = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape }]) => [name, g.input(name, 'float32', shape)]),
  );
  const outputs = [layOut(g, values)].flat();
  const results = gradients(g, lossOf(g, outputs), Object.values(values));
  outputs.forEach((output, k) => {
    g.output(`y${k}`, output);
  });
  Object.keys(inputs).forEach((name, index) => {
    const result = results[index];
    if (result !== undefined) g.output(`grad.${name}`, result);
  });
  return g.finish();
}

export interface Comparison {
  readonly input: string;
  readonly gradient: Float32Array;
  readonly differences: Float32Array;
}

/** Gradient of every input beside the differences along each of its elements. */
export async function compareWithDifferences(
  gradientCase: GradientCase,
  form: Omit<GraphForm, 'differentiable'>,
): Promise<Comparison[]> {
  const graph = caseGraph(gradientCase, form);
  const session = await createSession(graph, { device: 'cpu', profile: 'mapped' });
  const feeds = feedsOf(gradientCase);
  const results = await session.run(feeds);
  const comparisons: Comparison[] = [];
  for (const [input, { data, shape }] of Object.entries(feeds)) {
    const differences = new Float32Array(data.length);
    for (let i = 0; i < data.length; i++) {
      const at = (step: number): Promise<number> => {
        const moved = data.slice();
        moved[i] = (moved[i] ?? NaN) + step;
        return outputLoss(session, { ...feeds, [input]: float32(moved, shape) });
      };
      differences[i] = await slope(at);
    }
    comparisons.push({ input, gradient: results[`grad.${input}`]?.data as Float32Array, differences });
  }
  await session.release();
  return comparisons;
}

/** Central difference of fourth order: wide enough steps for float32, and still no error of the second order. */
export async function slope(at: (step: number) => Promise<number>, step = 0.01): Promise<number> {
  const near = (await at(step)) - (await at(-step));
  const far = (await at(2 * step)) - (await at(-2 * step));
  return (8 * near - far) / (12 * step);
}

/** `lossOf` of a session's outputs `y0`, `y1`, …, in double precision. */
export async function outputLoss(session: Session, feeds: Readonly<Record<string, Tensor>>): Promise<number> {
  const results = await session.run(feeds);
  let loss = 0;
  for (let k = 0; results[`y${k}`] !== undefined; k++) {
    for (const y of results[`y${k}`]?.data as Float32Array) loss += Math.sin(2 * y + 1 + k);
  }
  return loss;
}

const halved = (normal: number): number => 0.5 * normal;

function feedsOf({ inputs, sizes = {} }: GradientCase): Record<string, Tensor<'float32'>> {
  const symbols = new Map(Object.entries(sizes));
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, from = halved }], stream) => {
      const dims = shape.map((dim) => evaluate(dim, symbols) ?? NaN);
      return [name, float32(normalNoise(7, stream, sizeOf(dims)).map(from), dims)];
    }),
  );
}
