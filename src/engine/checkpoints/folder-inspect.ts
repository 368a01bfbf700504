/** What a model folder contains, for people: parts, parameters, bytes, and everything that is wrong with it. */
import { UserError } from '../../domain/errors';
import { openWeights } from './safetensors';
import { sizeOf } from '../tensors/tensor';
import type { DType } from '../tensors/tensor';
import { readModelFolder } from './folder';
import { COMPONENT_NAMES } from './folder-parts';
import type { ComponentName } from './folder-parts';

export interface ComponentSummary {
  readonly name: ComponentName;
  readonly className: string;
  readonly tensors: number;
  readonly parameters: number;
  /** Bytes of weights on the disk. */
  readonly bytes: number;
  /** Element types, the most frequent first. */
  readonly dtypes: readonly DType[];
}

export interface ModelSummary {
  readonly folder: string;
  readonly pipelineClass: string;
  readonly schedulerClass: string | undefined;
  readonly components: readonly ComponentSummary[];
  /** One sentence each; empty when the model can be used. */
  readonly problems: readonly string[];
}

async function summarize(name: ComponentName, className: string, weights: string): Promise<ComponentSummary> {
  const { tensors } = await openWeights(weights);
  const counts = new Map<DType, number>();
  let parameters = 0;
  let bytes = 0;
  for (const tensor of tensors.values()) {
    counts.set(tensor.dtype, (counts.get(tensor.dtype) ?? 0) + 1);
    parameters += sizeOf(tensor.shape);
    bytes += tensor.length;
  }
  const dtypes = [...counts].sort(([, a], [, b]) => b - a).map(([dtype]) => dtype);
  return { name, className, tensors: tensors.size, parameters, bytes, dtypes };
}

/** Reads the headers of all weights. Throws only when the folder is no model folder at all. */
export async function summarizeModel(folder: string): Promise<ModelSummary> {
  const parts = await readModelFolder(folder);
  const problems = [...parts.problems];
  const components: ComponentSummary[] = [];
  for (const name of COMPONENT_NAMES) {
    const component = parts.components[name];
    if (component === undefined) continue;
    try {
      components.push(await summarize(name, component.className, component.weights));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error.message);
    }
  }
  const { folder: real, pipelineClass, scheduler } = parts;
  return { folder: real, pipelineClass, schedulerClass: scheduler?.className, components, problems };
}
