/** The autoencoder of a checkpoint in one file: its config from its shapes, and diffusers' names for its tensors. */
import type { WeightSource } from '../../checkpoints/weight-source';
import { viewOf, withoutKernel } from '../../checkpoints/weight-view';
import { PartShapes } from './part-shapes';

/** config.json as diffusers would write it, of an AutoencoderKL with LDM's names. */
export function autoencoderConfigOf(source: WeightSource, scalingFactor: number): Record<string, unknown> {
  const shapes = new PartShapes(source);
  const levels = shapes.count('encoder.down', 'block.0.conv1.weight');
  const channels = Array.from({ length: levels }, (_, level) =>
    shapes.side(`encoder.down.${level}.block.0.conv1.weight`, 0),
  );
  return {
    _class_name: 'AutoencoderKL',
    in_channels: shapes.side('encoder.conv_in.weight', 1),
    out_channels: shapes.side('decoder.conv_out.weight', 0),
    latent_channels: shapes.side('decoder.conv_in.weight', 1),
    block_out_channels: channels,
    down_block_types: channels.map(() => 'DownEncoderBlock2D'),
    up_block_types: channels.map(() => 'UpDecoderBlock2D'),
    layers_per_block: shapes.count('encoder.down.0.block', 'conv1.weight'),
    scaling_factor: scalingFactor,
  };
}

/** LDM's part of a name and diffusers'; all that match are replaced, one after the other. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^encoder\.down\.(\d+)\.block\.(\d+)\./, 'encoder.down_blocks.$1.resnets.$2.'],
  [/^encoder\.down\.(\d+)\.downsample\./, 'encoder.down_blocks.$1.downsamplers.0.'],
  [/\.upsample\./, '.upsamplers.0.'],
  [/\.mid\.block_1\./, '.mid_block.resnets.0.'],
  [/\.mid\.block_2\./, '.mid_block.resnets.1.'],
  [/\.mid\.attn_1\.norm\./, '.mid_block.attentions.0.group_norm.'],
  [/\.mid\.attn_1\.proj_out\./, '.mid_block.attentions.0.to_out.0.'],
  [/\.mid\.attn_1\.([qkv])\./, '.mid_block.attentions.0.to_$1.'],
  [/\.nin_shortcut\./, '.conv_shortcut.'],
  [/\.norm_out\./, '.conv_norm_out.'],
];

/** LDM counts the levels of the decoder from the pictures, diffusers from the latents. */
const UP = /^decoder\.up\.(\d+)\.(block\.)?/;

/** diffusers' names for the tensors of an AutoencoderKL with LDM's; the attention's 1×1 convolutions become matrices. */
export function autoencoderNames(source: WeightSource): WeightSource {
  const levels = new PartShapes(source).count('decoder.up', 'block.0.conv1.weight');
  return viewOf(source, (tensor) => {
    const fromTop = tensor.name.replace(UP, (_, level: string, block?: string) => {
      const resnets = block === undefined ? '' : 'resnets.';
      return `decoder.up_blocks.${levels - 1 - Number(level)}.${resnets}`;
    });
    const name = NAMES.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), fromTop);
    return [name.includes('.attentions.') ? withoutKernel({ ...tensor, name }) : { ...tensor, name }];
  });
}
