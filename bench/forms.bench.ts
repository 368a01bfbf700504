/**
 * The graph forms that were chosen by measurement: each against its alternatives in one run, at sizes of an SD1.5 UNet.
 * Option: --smoke (smaller sizes, one run: only shows that it runs).
 */
import { attend } from '../src/engine/networks/attention';
import { groupNorm } from '../src/engine/networks/layers';
import { Module } from '../src/engine/networks/module';
import { GraphBuilder, type Graph, type Value } from '../src/engine/graph/graph';
import { FusedMatMul, GroupNormalization, MatMul, Transpose } from '../src/engine/graph/ops/index';
import { createSession } from '../src/engine/runtime/session';
import { float32, sizeOf, type Tensor } from '../src/engine/tensors/tensor';
import { normalNoise } from '../src/engine/tensors/noise';
import type { WeightSource } from '../src/engine/checkpoints/weight-source';
import { describeMachine, median, timed } from './support/machine';

const smoke = process.argv.includes('--smoke');
const RUNS = smoke ? 1 : 15;
const QUERIES = smoke ? 64 : 4096;
const KEYS = smoke ? [77] : [77, 256, 1024, 4096];
const GROUPS = 32;
const EPSILON = 1e-5;

/** A form: lays out its graph from inputs of the given shapes. */
interface Form {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  readonly layOut: (g: GraphBuilder, inputs: readonly Value[]) => Value;
  readonly differentiable?: boolean;
}

async function main(): Promise<void> {
  console.log(describeMachine());
  await compare('GroupNorm 320 @ 64×64', groupNorms());
  for (const keys of KEYS)
    await compare(`attention, ${keys} keys, ${QUERIES} queries, 8 heads × 40`, attentions(QUERIES, keys));
  await compare('self-attention 1024, 8 heads × 80', attentions(1024, 1024, 640));
  await compare('linear 1024 × 640 → 5120, weight as stored', linears());
}

function groupNorms(): Form[] {
  const shapes = [[1, 320, 64, 64], [320], [320]];
  return [
    {
      name: 'Reshape + InstanceNormalization',
      shapes: [shapes[0] ?? []],
      layOut: (g, [x]) => groupNorm(onesModule(g), required(x), GROUPS, EPSILON),
    },
    {
      name: 'GroupNormalization',
      shapes,
      layOut: (g, [x, scale, bias]) =>
        GroupNormalization(g, required(x), required(scale), required(bias), { num_groups: GROUPS, epsilon: EPSILON }),
    },
  ];
}

function attentions(queries: number, keys: number, channels = 320): Form[] {
  const shapes = [
    [1, queries, channels],
    [1, keys, channels],
    [1, keys, channels],
  ];
  const layOut: Form['layOut'] = (g, [query, key, value]) =>
    attend(onesModule(g), { query: required(query), key: required(key), value: required(value), heads: 8 });
  return [
    { name: 'as emitted for the CPU', shapes, layOut },
    { name: 'plain', shapes, layOut, differentiable: true },
  ];
}

function linears(): Form[] {
  const shapes = [
    [1, 1024, 640],
    [5120, 640],
  ];
  return [
    {
      name: 'FusedMatMul transB',
      shapes,
      layOut: (g, [x, w]) => FusedMatMul(g, required(x), required(w), { transB: 1 }),
    },
    {
      name: 'Transpose + MatMul',
      shapes,
      layOut: (g, [x, w]) => MatMul(g, required(x), Transpose(g, required(w), [1, 0])),
    },
  ];
}

async function compare(title: string, forms: readonly Form[]): Promise<void> {
  const times: number[] = [];
  for (const form of forms) times.push(await measure(form));
  const best = Math.min(...times);
  forms.forEach(({ name }, index) => {
    const time = times[index] ?? NaN;
    console.log(`| ${title} | ${name} | ${(1000 * time).toFixed(1)} ms | ${(time / best).toFixed(2)} × |`);
  });
}

async function measure({ name, shapes, layOut, differentiable = false }: Form): Promise<number> {
  const g = new GraphBuilder(name, { differentiable, provider: 'cpu' });
  const inputs = shapes.map((shape, i) => g.input(`input_${i}`, 'float32', shape));
  g.output('y', layOut(g, inputs));
  const graph: Graph = g.finish();
  const session = await createSession(graph, { device: 'cpu', profile: 'mapped' });
  const feeds = Object.fromEntries(shapes.map((shape, i) => [`input_${i}`, noise(shape, i)]));
  const seconds: number[] = [];
  for (let i = 0; i < RUNS; i++) seconds.push((await timed(() => session.run(feeds))).seconds);
  await session.release();
  return median(seconds);
}

function noise(shape: readonly number[], stream: number): Tensor {
  return float32(normalNoise(0, stream, sizeOf(shape)), shape);
}

/** A module whose weights are graph constants of ones: only the form matters here. */
function onesModule(g: GraphBuilder): Module {
  const source: WeightSource = { tensors: new Map(), origin: 'ones' };
  return new (class extends Module {
    override weight(name: string, shape: readonly number[]): Value {
      return g.constant(float32(new Float32Array(sizeOf(shape)).fill(1), shape), name);
    }
  })(g, source);
}

function required(value: Value | undefined): Value {
  if (value === undefined) throw new Error('a form needs an input that it was not given');
  return value;
}

void main();
