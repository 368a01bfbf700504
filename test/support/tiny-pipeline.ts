/**
 * A whole model folder that trains in milliseconds: the built-in model with a sixteenth of its channels and random weights.
 * It draws nothing of use, but every part of it is real.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openSafetensors } from '../../src/engine/checkpoints/safetensors';
import { writeSafetensors } from '../../src/engine/checkpoints/safetensors-writer';
import { BUILT_IN_MODEL } from './built-in-model';
import { tinyWeights } from './tiny-models';

const WEIGHTS = {
  unet: 'unet/diffusion_pytorch_model.safetensors',
  vae: 'vae/diffusion_pytorch_model.safetensors',
  text: 'text_encoder/model.safetensors',
} as const;
const FACTOR = 16;

/** Writes the model into `folder`; another seed gives other weights. */
export async function writeTinyModel(folder: string, seed = 1): Promise<string> {
  cpSync(BUILT_IN_MODEL, folder, { recursive: true });
  for (const file of Object.values(WEIGHTS)) await shrinkWeights(path.join(folder, file), seed);
  changeConfig(path.join(folder, 'unet/config.json'), {
    block_out_channels: [8, 16],
    attention_head_dim: [2, 4],
    cross_attention_dim: 12,
    norm_num_groups: 4,
    time_cond_proj_dim: 16,
  });
  const channels = [4, 4, 4, 4];
  changeConfig(path.join(folder, 'vae/config.json'), {
    encoder_block_out_channels: channels,
    decoder_block_out_channels: channels,
  });
  changeConfig(path.join(folder, 'text_encoder/config.json'), { hidden_size: 12, intermediate_size: 48 });
  return folder;
}

async function shrinkWeights(file: string, seed: number): Promise<void> {
  const { tensors } = await openSafetensors(file);
  const smaller = (size: number): number => (size >= 64 && size % FACTOR === 0 ? size / FACTOR : size);
  const layout = Object.fromEntries([...tensors.values()].map(({ name, shape }) => [name, shape.map(smaller)]));
  await writeSafetensors(file, tinyWeights({ seed, gain: 1, tensors: layout }), { format: 'pt' });
}

function changeConfig(file: string, changes: object): void {
  const config = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...config, ...changes }));
}
