/** LoRA files for the built-in model, with matrices large enough to be seen. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { AdaptableLayer } from '../../src/engine/lora/layer-names';
import { parseUNetConfig } from '../../src/engine/networks/unet-config';
import { openWeights } from '../../src/engine/checkpoints/safetensors';
import { writeSafetensors } from '../../src/engine/checkpoints/safetensors-writer';
import type { Tensor } from '../../src/engine/tensors/tensor';
import { BUILT_IN_MODEL } from './built-in-model';
import { layersOf, randomLora, type LoraBase } from './lora-files';

export async function builtInBase(): Promise<LoraBase> {
  const unet = path.join(BUILT_IN_MODEL, 'unet');
  const config: unknown = JSON.parse(readFileSync(path.join(unet, 'config.json'), 'utf8'));
  return {
    config: parseUNetConfig(config, unet),
    weights: {
      unet: await openWeights(path.join(unet, 'diffusion_pytorch_model.safetensors')),
      text_encoder: await openWeights(path.join(BUILT_IN_MODEL, 'text_encoder', 'model.safetensors')),
    },
  };
}

export interface BuiltInLoraOptions {
  readonly seed: number;
  /** Ends of the names of the layers. */
  readonly ends: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Writes a file in the diffusers layout, rank 4; returns its path. */
export async function writeBuiltInLora(file: string, { seed, ends, metadata }: BuiltInLoraOptions): Promise<string> {
  const isMeant = ({ path: layer }: AdaptableLayer): boolean => ends.some((end) => layer.endsWith(`.${end}`));
  const layers = layersOf(await builtInBase()).filter(isMeant);
  const tensors = new Map<string, Tensor>();
  const matrices = randomLora(layers, 4, seed);
  for (const { component, path: layer } of layers) {
    const found = matrices.get(layer);
    if (found === undefined) throw new Error(`no matrices for ${layer}`);
    tensors.set(`${component}.${layer}.lora_A.weight`, found.A);
    tensors.set(`${component}.${layer}.lora_B.weight`, found.B);
  }
  await writeSafetensors(file, tensors, metadata);
  return file;
}
