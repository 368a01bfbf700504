/**
 * A whole model folder that trains in milliseconds: the built-in model with a sixteenth of its channels and random weights.
 * It draws nothing of use, but every part of it is real.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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

/** Sizes of the style encoder below. */
const STYLE = { latent_channels: 16, sample_size: 8, width: 12, cross_attention_dim: 12, pooled: 6 } as const;

/** The same with a style encoder: it follows reference pictures. */
export async function writeStyledModel(folder: string, seed = 1): Promise<string> {
  await writeTinyModel(folder, seed);
  const unet = path.join(folder, WEIGHTS.unet);
  const { tensors } = await openSafetensors(unet);
  const layout: Record<string, readonly number[]> = {};
  for (const { name, shape } of tensors.values()) {
    layout[name] = shape;
    const [, attention, kind] = /^(.*attn2)\.to_([kv])\.weight$/.exec(name) ?? [];
    if (kind !== undefined) layout[`${attention}.processor.to_${kind}_ip.0.weight`] = shape;
  }
  await writeSafetensors(unet, tinyWeights({ seed, gain: 1, tensors: layout }), { format: 'pt' });
  changeConfig(path.join(folder, 'unet/config.json'), { encoder_hid_dim_type: 'ip_image_proj' });
  changeConfig(path.join(folder, 'model_index.json'), { style_encoder: ['fourstep', 'StyleEncoder'] });
  const encoder = path.join(folder, 'style_encoder');
  mkdirSync(encoder);
  writeFileSync(
    path.join(encoder, 'config.json'),
    JSON.stringify({ _class_name: 'StyleEncoder', act_fn: 'silu', ...STYLE }),
  );
  await writeSafetensors(
    path.join(encoder, 'model.safetensors'),
    tinyWeights({ seed: seed + 1, gain: 1, tensors: styleEncoderLayout() }),
    { format: 'pt' },
  );
  return folder;
}

function styleEncoderLayout(): Record<string, readonly number[]> {
  const { latent_channels: channels, sample_size: side, width, cross_attention_dim: cross, pooled } = STYLE;
  return {
    position_embedding: [(side / 2) ** 2, cross],
    no_tokens: [cross],
    no_style: [pooled],
    'conv_in.weight': [width / 2, channels, 3, 3],
    'conv_in.bias': [width / 2],
    'conv_down.weight': [width, width / 2, 3, 3],
    'conv_down.bias': [width],
    'conv_1.weight': [width, width, 3, 3],
    'conv_1.bias': [width],
    'conv_2.weight': [width, width, 3, 3],
    'conv_2.bias': [width],
    'proj_out.weight': [cross, width],
    'proj_out.bias': [cross],
    'norm.weight': [cross],
    'norm.bias': [cross],
    'pool_1.weight': [pooled, width + 2 * channels],
    'pool_1.bias': [pooled],
    'pool_2.weight': [pooled, pooled],
    'pool_2.bias': [pooled],
  };
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
