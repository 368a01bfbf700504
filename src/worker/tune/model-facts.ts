/** What must be known of a model before it is loaded. */
import { parseConfigs, pipelineInfo } from '../../engine/sampling/load';
import { openModelFolder } from '../../engine/checkpoints/folder';
import { loadTokenizer } from '../../engine/checkpoints/tokenizer';
import { openWeights } from '../../engine/checkpoints/safetensors';

export interface ModelFacts {
  /** Pixels on each side of its pictures. */
  readonly size: number;
  /** The end of a caption that does not fit into the model's window; '' when all of it does. */
  readonly cutOf: (caption: string) => string;
}

/** Reads configs, headers and vocabulary only. Throws `not-found`, `bad-checkpoint` or `unsupported` naming the file. */
export async function factsOf(modelPath: string): Promise<ModelFacts> {
  const model = await openModelFolder(modelPath);
  const { text_encoder, unet, vae } = model.components;
  const { defaultSize } = pipelineInfo(parseConfigs(model), {
    text_encoder: await openWeights(text_encoder.weights),
    unet: await openWeights(unet.weights),
    vae: await openWeights(vae.weights),
  });
  const tokenizer = await loadTokenizer(model.tokenizer);
  return { size: defaultSize.width, cutOf: (caption) => tokenizer.encode(caption).truncated };
}
