/** The online network with its loss and the gradients of all LoRA matrices, as one graph. */
import type { DenoiserDesign, KnownSizes } from '../families/family';
import { gradients } from '../graph/autodiff/gradients';
import { loraNames, type LoraLayers } from '../networks/lora-slots';
import { GraphBuilder, type Graph, type GraphForm, type Value } from '../graph/graph';
import { Add, Mul, ReduceMean, Sqrt, Sub } from '../graph/ops/index';
import type { WeightSource } from '../checkpoints/weight-source';

export interface TrainingGraphOptions {
  readonly denoiser: DenoiserDesign;
  readonly weights: WeightSource;
  readonly lora: LoraLayers;
  readonly sizes: KnownSizes;
  readonly distance: Distance;
  readonly form: GraphForm;
}

/** Name of the output that holds the gradient of a LoRA matrix. */
export function gradientName(matrix: string): string {
  return `grad.${matrix}`;
}

/**
 * Inputs: those of the denoiser and the LoRA matrices; `weight_sample` and `weight_output` float32 [batch, 1, 1, 1]
 * (`consistencyWeights` of every item); `target` like the sample. Outputs: `prediction` = the consistency function,
 * `loss` = its distance from the target, and the gradient of every LoRA matrix.
 */
export function buildTrainingGraph({ denoiser, weights, lora, ...options }: TrainingGraphOptions): Graph {
  const g = new GraphBuilder('LCF training step', { ...options.form, differentiable: true });
  const { sample, output } = denoiser.layOut(g, weights, { sizes: options.sizes, lora });
  const each = [options.sizes.batch, 1, 1, 1];
  const weightSample = g.input('weight_sample', 'float32', each);
  const weightOutput = g.input('weight_output', 'float32', each);
  const target = g.input('target', 'float32', sample.shape);
  const skipped = Mul(g, sample, weightSample, 'skipped');
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

/** Between the online and the target network's answers. */
export type Distance = { readonly kind: 'l2' } | { readonly kind: 'huber'; readonly c: number };

/** The mean over all elements of d², or of √(d² + c²) − c (pseudo-Huber; improved consistency training, arXiv 2310.14189). */
function distance(g: GraphBuilder, a: Value, b: Value, measure: Distance): Value {
  const difference = Sub(g, a, b, 'difference');
  const square = Mul(g, difference, difference, 'square');
  if (measure.kind === 'l2') return ReduceMean(g, square, undefined, { keepdims: 0 }, 'mean_square');
  const root = Sqrt(g, Add(g, square, measure.c ** 2, 'square.lifted'), 'root');
  return ReduceMean(g, Sub(g, root, measure.c, 'huber'), undefined, { keepdims: 0 }, 'mean_huber');
}
