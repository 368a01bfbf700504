/** What a training must know of a model before it is loaded. */
import { parseConfigs, pipelineInfo } from '../../engine/diffusion/load';
import type { PipelineInfo } from '../../engine/diffusion/info';
import { openModelFolder } from '../../engine/models/folder';
import { openWeights } from '../../engine/tensors/safetensors';

/** Reads configs and headers only. Throws `not-found`, `bad-checkpoint` or `unsupported` naming the file. */
export async function infoOf(modelPath: string): Promise<PipelineInfo> {
  const model = await openModelFolder(modelPath);
  const { text_encoder, unet, vae } = model.components;
  return pipelineInfo(parseConfigs(model), {
    text_encoder: await openWeights(text_encoder.weights),
    unet: await openWeights(unet.weights),
    vae: await openWeights(vae.weights),
  });
}
