/** What a model folder contains, for people: parts, parameters, bytes, and everything that is wrong with it. */
import { UserError } from '../../domain/errors';
import { openWeights } from './safetensors';
import { sizeOf } from '../tensors/tensor';
import type { ModelFolderParts } from './folder';

export interface ComponentSummary {
  readonly name: string;
  readonly className: string;
  readonly parameters: number;
  /** Bytes of weights on the disk. */
  readonly bytes: number;
}

export interface ModelSummary {
  readonly folder: string;
  readonly pipelineClass: string;
  readonly components: readonly ComponentSummary[];
  /** One sentence each; empty when the model can be used. */
  readonly problems: readonly string[];
}

async function summarize(name: string, className: string, weights: string): Promise<ComponentSummary> {
  const { tensors } = await openWeights(weights);
  let parameters = 0;
  let bytes = 0;
  for (const tensor of tensors.values()) {
    parameters += sizeOf(tensor.shape);
    bytes += tensor.length;
  }
  return { name, className, parameters, bytes };
}

/** Reads the headers of all weights. */
export async function summarizeModel(parts: ModelFolderParts): Promise<ModelSummary> {
  const problems = [...parts.problems];
  const components: ComponentSummary[] = [];
  for (const [name, { className, weights }] of Object.entries(parts.components)) {
    try {
      components.push(await summarize(name, className, weights));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error.message);
    }
  }
  const { folder, pipelineClass } = parts;
  return { folder, pipelineClass, components, problems };
}
