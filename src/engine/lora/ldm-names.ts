/** Names of UNet layers in the original latent-diffusion code (LDM), which older LoRA files and checkpoints in one file use. */
import type { UNetConfig } from '../networks/unet-config';

/** Inside a residual block, diffusers' name by LDM's; a transformer's inside has the same names in both. */
export const LDM_RESNET: Readonly<Record<string, string>> = {
  'in_layers.0': 'norm1',
  'in_layers.2': 'conv1',
  'emb_layers.1': 'time_emb_proj',
  'out_layers.0': 'norm2',
  'out_layers.3': 'conv2',
  skip_connection: 'conv_shortcut',
};

const RESNET_NAMES = new Map(Object.entries(LDM_RESNET).map(([ldm, name]) => [name, ldm]));

/**
 * LDM's name by diffusers' prefix: blocks are numbered through all levels, and lie in a list whose entries are the residual
 * block, the transformer where there is one, and the change of size (diffusers `convert_ldm_unet_checkpoint`).
 */
export function ldmPrefixes(config: UNetConfig): ReadonlyMap<string, string> {
  return new Map([
    ['conv_in', 'input_blocks.0.0'],
    ['time_embedding.linear_1', 'time_embed.0'],
    ['time_embedding.linear_2', 'time_embed.2'],
    ...downPrefixes(config),
    ['mid_block.resnets.0', 'middle_block.0'],
    ['mid_block.attentions.0', 'middle_block.1'],
    ['mid_block.resnets.1', 'middle_block.2'],
    ...upPrefixes(config),
    ['conv_out', 'out.2'],
  ]);
}

function* downPrefixes({ downBlocks, layersPerBlock }: UNetConfig): Generator<[string, string]> {
  let block = 1;
  for (const level of downBlocks.keys()) {
    for (let layer = 0; layer < (layersPerBlock[level] ?? 1); layer++, block++) {
      yield [`down_blocks.${level}.resnets.${layer}`, `input_blocks.${block}.0`];
      yield [`down_blocks.${level}.attentions.${layer}`, `input_blocks.${block}.1`];
    }
    if (level === downBlocks.length - 1) continue;
    yield [`down_blocks.${level}.downsamplers.0.conv`, `input_blocks.${block++}.0.op`];
  }
}

function* upPrefixes({ upBlocks, layersPerBlock }: UNetConfig): Generator<[string, string]> {
  let block = 0;
  for (const [index, type] of upBlocks.entries()) {
    const layers = (layersPerBlock[upBlocks.length - 1 - index] ?? 1) + 1;
    for (let layer = 0; layer < layers; layer++, block++) {
      yield [`up_blocks.${index}.resnets.${layer}`, `output_blocks.${block}.0`];
      yield [`up_blocks.${index}.attentions.${layer}`, `output_blocks.${block}.1`];
    }
    const place = type === 'CrossAttnUpBlock2D' ? 2 : 1;
    if (index < upBlocks.length - 1) {
      yield [`up_blocks.${index}.upsamplers.0.conv`, `output_blocks.${block - 1}.${place}.conv`];
    }
  }
}

/** LDM's name of a layer, for example 'input_blocks.1.1.proj_in'; undefined for one that has none. */
export function ldmName(path: string, prefixes: ReadonlyMap<string, string>): string | undefined {
  const whole = prefixes.get(path);
  if (whole !== undefined) return whole;
  const [, block = '', inner = ''] = /^(.+?_blocks?(?:\.\d+)?\.(?:resnets|attentions)\.\d+)\.(.+)$/.exec(path) ?? [];
  const prefix = prefixes.get(block);
  return prefix === undefined ? undefined : `${prefix}.${RESNET_NAMES.get(inner) ?? inner}`;
}
