/** A differentiable UNet with a mean squared loss, for tests of gradients. */
import { gradients } from '../../src/engine/graph/autodiff/gradients';
import { loraNames, type LoraLayers } from '../../src/engine/networks/lora-slots';
import { Module } from '../../src/engine/networks/module';
import { unet, unetInputs, type UNetBuildOptions } from '../../src/engine/networks/unet';
import type { UNetConfig } from '../../src/engine/networks/unet-config';
import { GraphBuilder, type Graph, type Value } from '../../src/engine/graph/graph';
import { Mul, ReduceMean, Sub } from '../../src/engine/graph/ops/index';
import type { WeightSource } from '../../src/engine/checkpoints/weight-source';

export interface GradientRequest {
  readonly config: UNetConfig;
  readonly weights: WeightSource;
  readonly lora?: LoraLayers;
  readonly sizes?: UNetBuildOptions['sizes'];
  readonly backward?: 'fast' | 'small';
  readonly recompute?: 'attention' | 'blocks';
  /** Names of inputs, weights and LoRA matrices. */
  readonly wrt: readonly string[];
}

/** Outputs `out`, `loss` = mean((out − target)²) and `grad.<name>` for every name asked for. */
export function unetGradientGraph({ config, weights, lora, sizes, wrt, ...form }: GradientRequest): Graph {
  const g = new GraphBuilder('UNet gradients', { differentiable: true, provider: 'cpu', ...form });
  const inputs = unetInputs(g, config, sizes);
  const target = g.input('target', 'float32', inputs.sample.shape);
  const out = unet(new Module(g, weights, '', { lora }), config, inputs);
  const difference = Sub(g, out, target);
  const loss = ReduceMean(g, Mul(g, difference, difference), undefined, { keepdims: 0 });
  const known = new Map<string, Value>();
  for (const { inputs: used } of g.nodes)
    for (const value of used) if (value !== undefined) known.set(value.name, value);
  const values = wrt.map((name) => {
    const value = known.get(name);
    if (value === undefined) throw new Error(`the graph has no value ${name}`);
    return value;
  });
  const results = gradients(g, loss, values);
  g.output('out', out);
  g.output('loss', loss);
  wrt.forEach((name, index) => {
    const result = results[index];
    if (result !== undefined) g.output(`grad.${name}`, result);
  });
  return g.finish();
}

/** Names of all LoRA matrices. */
export function loraMatrices(lora: LoraLayers): string[] {
  return [...lora.keys()].flatMap((path) => Object.values(loraNames(path)));
}
