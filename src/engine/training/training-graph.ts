/** The online network with its loss and the gradients of all LoRA matrices, as one graph. */
import { gradients } from '../graph/autodiff/gradients';
import { loraNames, type LoraLayers } from '../networks/low-rank-layer';
import { Module } from '../networks/module';
import { unet, unetInputs, type UNetDim } from '../networks/unet';
import type { UNetConfig } from '../networks/unet-config';
import { GraphBuilder, type Graph, type GraphForm } from '../graph/graph';
import { Add, Mul } from '../graph/ops/index';
import type { WeightSource } from '../checkpoints/weight-source';
import { distance, type Distance } from './loss';

export interface TrainingGraphOptions {
  readonly config: UNetConfig;
  readonly weights: WeightSource;
  readonly lora: LoraLayers;
  readonly sizes: Readonly<Record<UNetDim, number>>;
  readonly distance: Distance;
  readonly form: GraphForm;
}

/** Name of the output that holds the gradient of a LoRA matrix. */
export function gradientName(matrix: string): string {
  return `grad.${matrix}`;
}

/**
 * Inputs: those of `buildUNet` and the LoRA matrices; `weight_sample` and `weight_output` float32 [batch, 1, 1, 1]
 * (`consistencyWeights` of every item); `target` like the sample. Outputs: `prediction` = the consistency function,
 * `loss` = its distance from the target, and the gradient of every LoRA matrix.
 */
export function buildTrainingGraph({ config, weights, lora, ...options }: TrainingGraphOptions): Graph {
  const g = new GraphBuilder('LCF training step', { ...options.form, differentiable: true });
  const inputs = unetInputs(g, config, options.sizes);
  const each = [options.sizes.batch, 1, 1, 1];
  const weightSample = g.input('weight_sample', 'float32', each);
  const weightOutput = g.input('weight_output', 'float32', each);
  const target = g.input('target', 'float32', inputs.sample.shape);
  const output = unet(new Module(g, weights, '', { lora }), config, inputs);
  const skipped = Mul(g, inputs.sample, weightSample, 'skipped');
  const prediction = Add(g, skipped, Mul(g, output, weightOutput, 'weighted'), 'consistency');
  const loss = distance(g, prediction, target, options.distance);

  const names = [...lora.keys()].flatMap((path) => Object.values(loraNames(path)));
  const matrices = names.map((name) => g.inputNamed(name));
  const results = gradients(g, loss, matrices);
  g.output('prediction', prediction);
  g.output('loss', loss);
  results.forEach((gradient, index) => {
    g.output(gradientName(names[index] ?? ''), gradient);
  });
  return g.finish();
}
