/** Model folders that are no consistency models, one of them compressed, and LoRA files for any model folder. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AdaptableLayer } from '../../src/engine/lora/layer-names';
import { parseUNetConfig } from '../../src/engine/networks/unet-config';
import { openWeights, readTensor } from '../../src/engine/checkpoints/safetensors';
import { writeSafetensors } from '../../src/engine/checkpoints/safetensors-writer';
import type { Tensor } from '../../src/engine/tensors/tensor';
import { LAYOUTS, layersOf, loraTensors, randomLora } from './lora-files';
import { writeTinyModel } from './tiny-pipeline';

/** The tiny model as an ordinary one: no guidance embedding, another scheduler. */
export async function writeOrdinaryModel(folder: string): Promise<string> {
  await writeTinyModel(folder);
  change(path.join(folder, 'unet/config.json'), { time_cond_proj_dim: null });
  change(path.join(folder, 'scheduler/scheduler_config.json'), { _class_name: 'DDIMScheduler', clip_sample: false });
  change(path.join(folder, 'model_index.json'), { scheduler: ['diffusers', 'DDIMScheduler'] });
  return folder;
}

/** The tiny model as an ordinary one whose UNet goes straight from down to up, as those of BK-SDM small and tiny do. */
export async function writeCompressedModel(folder: string): Promise<string> {
  await writeOrdinaryModel(folder);
  change(path.join(folder, 'unet/config.json'), { mid_block_type: null });
  const file = path.join(folder, 'unet/diffusion_pytorch_model.safetensors');
  const tensors = new Map<string, Tensor>();
  for (const tensor of (await openWeights(file)).tensors.values()) {
    if (!tensor.name.startsWith('mid_block.')) tensors.set(tensor.name, await readTensor(tensor));
  }
  await writeSafetensors(file, tensors, { format: 'pt' });
  return folder;
}

function change(file: string, changes: object): void {
  writeFileSync(file, JSON.stringify({ ...(jsonOf(file) as object), ...changes }));
}

function jsonOf(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Writes random matrices of rank 2 for the layers whose paths match, in kohya's layout, into the model's folder. */
export async function writeModelLora(folder: string, name: string, layer: RegExp, seed: number): Promise<string> {
  const layers = (await layersIn(folder)).filter((one) => layer.test(one.path));
  const file = path.join(folder, name);
  await writeSafetensors(file, loraTensors(layers, randomLora(layers, 2, seed), LAYOUTS.kohya));
  return file;
}

async function layersIn(folder: string): Promise<AdaptableLayer[]> {
  return layersOf({
    config: parseUNetConfig(jsonOf(path.join(folder, 'unet/config.json')), folder),
    weights: {
      unet: await openWeights(path.join(folder, 'unet/diffusion_pytorch_model.safetensors')),
      text_encoder: await openWeights(path.join(folder, 'text_encoder/model.safetensors')),
    },
  });
}
