/** What must be known of a model before it is loaded. */
import { openComponents } from '../../engine/checkpoints/component-weights';
import { openModel } from '../../engine/families/open-model';
import { checkedConfigs, promptsOf } from '../../engine/sampling/load';

export interface ModelFacts {
  /** Pixels on each side of its pictures. */
  readonly size: number;
  /** The end of a caption that does not fit into the model's window; '' when all of it does. */
  readonly cutOf: (caption: string) => string;
}

/** Reads configs, headers and vocabulary only. Throws `not-found`, `bad-checkpoint` or `unsupported` naming the file. */
export async function factsOf(modelPath: string): Promise<ModelFacts> {
  const model = await openModel(modelPath);
  const { design } = checkedConfigs(model);
  // Damaged weights are told now and not after a look through a thousand icons.
  await openComponents(model);
  const prompts = (await promptsOf(model, design))(() => {
    throw new Error('Nothing is run before the model is loaded.');
  });
  const size = design.latentSize * design.autoencoder.pixelFactor;
  return { size, cutOf: (caption) => prompts.cutOf(caption) };
}
