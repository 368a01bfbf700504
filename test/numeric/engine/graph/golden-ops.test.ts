/** The golden sets of single operators (forward part), through our operator functions and session. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Shape, type Value } from '../../../../src/engine/graph/graph';
import * as ops from '../../../../src/engine/graph/ops/index';
import { createSession } from '../../../../src/engine/runtime/session';
import { openSafetensors, readTensor } from '../../../../src/engine/checkpoints/safetensors';
import { float32, type Tensor } from '../../../../src/engine/tensors/tensor';

const root = process.env['FOURSTEP_GOLDEN'] ?? join(import.meta.dirname, '../../../../../shared/golden');
const available = existsSync(join(root, 'manifest.json'));

type Manifest = Readonly<
  Record<string, { readonly tensors?: Record<string, { readonly tol_maxabs?: number; readonly shape: number[] }> }>
>;
interface OperatorCase {
  readonly inputs: readonly string[];
  readonly attrs: Readonly<Record<string, unknown>>;
}
interface Call {
  readonly g: GraphBuilder;
  /** Inputs in the order of the case. */
  readonly at: readonly Value[];
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly target: Shape;
}

const absolute = (g: GraphBuilder, x: Value): Value => ops.Where(g, ops.Less(g, x, 0), ops.Neg(g, x), x);
/** As the models have them, of operators that every provider runs. */
const gelu = (g: GraphBuilder, x: Value): Value =>
  ops.Mul(g, ops.Mul(g, x, ops.Add(g, ops.Erf(g, ops.Div(g, x, Math.SQRT2)), 1)), 0.5);
const quickGelu = (g: GraphBuilder, x: Value): Value => ops.Mul(g, x, ops.Sigmoid(g, ops.Mul(g, x, 1.702)));

function conv({ g, at: [x, weight, bias], attrs }: Call): Value {
  const stride = Number(attrs['strides'] ?? 1);
  const pads = (attrs['pads'] ?? attrs['pads_top_left_bottom_right'] ?? [0, 0, 0, 0]) as number[];
  return ops.Conv(g, x!, weight!, bias, { strides: [stride, stride], pads });
}

function linear({ g, at: [x, weight, bias] }: Call): Value {
  const product = ops.FusedMatMul(g, x!, weight!, { transB: 1 });
  return bias === undefined ? product : ops.Add(g, product, bias);
}

/** Reshape + InstanceNormalization, the form the models use. */
function groupNorm({ g, at: [x, weight, bias], attrs }: Call): Value {
  const groups = Number(attrs['num_groups']);
  const ones = ops.Constant(g, float32(new Float32Array(groups).fill(1), [groups]));
  const zeros = ops.Constant(g, float32(new Float32Array(groups), [groups]));
  const grouped = ops.Reshape(g, x!, [x!.shape[0]!, groups, -1]);
  const normal = ops.InstanceNormalization(g, grouped, ones, zeros, { epsilon: Number(attrs['eps']) });
  const scale = ops.Unsqueeze(g, weight!, [1, 2]);
  return ops.Add(g, ops.Mul(g, ops.Reshape(g, normal, x!.shape), scale), ops.Unsqueeze(g, bias!, [1, 2]));
}

function attention({ g, at: [q, k, v] }: Call): Value {
  const scores = ops.MatMul(g, q!, ops.Transpose(g, k!, [0, 1, 3, 2]));
  return ops.MatMul(g, ops.Softmax(g, ops.Mul(g, scores, Number(q!.shape.at(-1)) ** -0.5)), v!);
}

function loraLinear({ g, at: [x, weight, a, b], attrs }: Call): Value {
  const low = ops.FusedMatMul(g, x!, a!, { transB: 1 });
  const update = ops.FusedMatMul(g, low, b!, { transB: 1, alpha: Number(attrs['scale']) });
  return ops.Add(g, ops.FusedMatMul(g, x!, weight!, { transB: 1 }), update);
}

function pseudoHuber({ g, at: [a, b], attrs }: Call): Value {
  const c = Number(attrs['c']);
  const difference = ops.Sub(g, a!, b!);
  const root = ops.Sqrt(g, ops.Add(g, ops.Mul(g, difference, difference), c * c));
  return ops.ReduceMean(g, ops.Sub(g, root, c), undefined, { keepdims: 0 });
}

/** Case name prefix → how we compute it; the first that fits is taken. */
const FORMS: readonly (readonly [RegExp, (call: Call) => Value])[] = [
  [/^conv/, conv],
  [/^linear/, linear],
  [/^matmul/, ({ g, at: [a, b] }) => ops.MatMul(g, a!, b!)],
  [/^group_norm/, groupNorm],
  [
    /^layer_norm/,
    ({ g, at: [x, w, b], attrs }) => ops.LayerNormalization(g, x!, w!, b, { epsilon: Number(attrs['eps']) }),
  ],
  [/^softmax/, ({ g, at: [x], attrs }) => ops.Softmax(g, x!, { axis: Number(attrs['axis']) })],
  [/^silu/, ({ g, at: [x] }) => ops.Mul(g, x!, ops.Sigmoid(g, x!))],
  [/^gelu_erf/, ({ g, at: [x] }) => gelu(g, x!)],
  [/^quick_gelu/, ({ g, at: [x] }) => quickGelu(g, x!)],
  [/^relu/, ({ g, at: [x] }) => ops.Relu(g, x!)],
  [/^tanh/, ({ g, at: [x] }) => ops.Tanh(g, x!)],
  [/^sigmoid/, ({ g, at: [x] }) => ops.Sigmoid(g, x!)],
  [/^sqrt/, ({ g, at: [x] }) => ops.Sqrt(g, ops.Add(g, absolute(g, x!), 0.1))],
  [/^div/, ({ g, at: [a, b] }) => ops.Div(g, a!, ops.Add(g, absolute(g, b!), 0.5))],
  [/^add/, ({ g, at: [a, b] }) => ops.Add(g, a!, b!)],
  [/^mul/, ({ g, at: [a, b] }) => ops.Mul(g, a!, b!)],
  [/^nearest_x2/, ({ g, at: [x] }) => ops.Resize(g, x!, { scale: 2 })],
  [/^nearest_to/, ({ g, at: [x], target }) => ops.Resize(g, x!, { dims: target })],
  [/^concat/, ({ g, at, attrs }) => ops.Concat(g, at, { axis: Number(attrs['axis']) })],
  [
    /^geglu/,
    ({ g, at: [x] }) => {
      const half = Number(x!.shape.at(-1)) / 2;
      const [value, gate] = ops.Split(g, x!, [half, half], { axis: -1 });
      return ops.Mul(g, value!, gelu(g, gate!));
    },
  ],
  [
    /^transpose/,
    ({ g, at: [x], attrs, target }) => ops.Reshape(g, ops.Transpose(g, x!, attrs['perm'] as number[]), target),
  ],
  [/^attention/, attention],
  [/^lora_linear/, loraLinear],
  [
    /^mse/,
    ({ g, at: [a, b] }) => {
      const difference = ops.Sub(g, a!, b!);
      return ops.ReduceMean(g, ops.Mul(g, difference, difference), undefined, { keepdims: 0 });
    },
  ],
  [/^pseudo_huber/, pseudoHuber],
];

async function compute(name: string, operator: OperatorCase, tensors: ReadonlyMap<string, Tensor>): Promise<Tensor> {
  const form = FORMS.find(([pattern]) => pattern.test(name))?.[1];
  if (form === undefined) throw new Error(`The golden operator '${name}' is unknown to this test`);
  const g = new GraphBuilder(name);
  const feeds = Object.fromEntries(operator.inputs.map((input) => [input, tensors.get(`${name}.${input}`)!]));
  const at = operator.inputs.map((input) => g.input(input, 'float32', feeds[input]!.shape));
  const target = tensors.get(`${name}.y`)!.shape;
  // The losses are stored as one-element vectors.
  const y = form({ g, at, attrs: operator.attrs, target });
  g.output('y', y.shape.length === 0 ? ops.Reshape(g, y, target) : y);
  const session = await createSession(g.finish(), { device: 'cpu', profile: 'mapped' });
  const results = await session.run(feeds);
  await session.release();
  return results['y']!;
}

describe.skipIf(!available)('golden operators (ops/ops.safetensors)', () => {
  const manifest = available ? (JSON.parse(readFileSync(join(root, 'manifest.json'), 'utf8')) as Manifest) : {};
  for (const file of Object.keys(manifest).filter((name) => /(^|\/)ops\.safetensors$/.test(name))) {
    const path = join(root, file);
    const cases = JSON.parse(readFileSync(path.replace(/safetensors$/, 'json'), 'utf8')) as Record<
      string,
      OperatorCase
    >;
    it.each(Object.entries(cases))(`${file}: %s`, async (name, operator) => {
      const { tensors: sources } = await openSafetensors(path);
      const tensors = new Map<string, Tensor>();
      for (const key of [...operator.inputs, 'y']) {
        tensors.set(`${name}.${key}`, await readTensor(sources.get(`${name}.${key}`)!));
      }
      const expected = tensors.get(`${name}.y`)!;
      const found = await compute(name, operator, tensors);
      expect(found.shape).toEqual(expected.shape);
      const tolerance = manifest[file]!.tensors![`${name}.y`]!.tol_maxabs!;
      expect(found.data as Float32Array).toBeAllclose(expected.data as Float32Array, tolerance);
    });
  }
});
