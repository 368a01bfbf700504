/** What a model folder contains, for people: parts, parameters, bytes, and everything that is wrong with it. */
import { UserError } from '../../domain/errors';
import { sizeOf } from '../tensors/tensor';
import { openComponentWeights } from './component-weights';
import type { ModelFolderParts } from './folder';
import type { ModelComponent } from './folder-parts';

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

async function summarize(name: string, component: ModelComponent): Promise<ComponentSummary> {
  const { tensors } = await openComponentWeights(component);
  let parameters = 0;
  let bytes = 0;
  for (const tensor of tensors.values()) {
    parameters += sizeOf(tensor.shape);
    bytes += tensor.length;
  }
  return { name, className: component.className, parameters, bytes };
}

/** Reads the headers of all weights. */
export async function summarizeModel(parts: ModelFolderParts): Promise<ModelSummary> {
  const problems = [...parts.problems];
  const components: ComponentSummary[] = [];
  for (const [name, component] of Object.entries(parts.components)) {
    try {
      components.push(await summarize(name, component));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error.message);
    }
  }
  const { folder, pipelineClass } = parts;
  return { folder, pipelineClass, components, problems };
}
