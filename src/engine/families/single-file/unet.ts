/** The UNet of a checkpoint in one file: its config from its shapes, and diffusers' names for its tensors. */
import type { WeightSource, WeightTensor } from '../../checkpoints/weight-source';
import { viewOf } from '../../checkpoints/weight-view';
import { LDM_RESNET, ldmPrefixes } from '../../lora/ldm-names';
import { parseUNetConfig } from '../../networks/unet-config';
import { PartShapes } from './part-shapes';

/** Text of this width is that of SD1.x, whose UNets have eight heads everywhere; the later ones have heads of 64 channels. */
const SD1_TEXT_WIDTH = 768;
const SD1_HEADS = 8;
const HEAD_CHANNELS = 64;

/** Width of the sinusoid of each size that SDXL is told. */
const SIZE_WIDTH = 256;

interface Level {
  channels: number;
  /** Transformer layers behind each residual block; 0 for none. */
  readonly depths: number[];
}

/** config.json as diffusers would write it, of a UNet with LDM's names. */
export function unetConfigOf(source: WeightSource): Record<string, unknown> {
  const shapes = new PartShapes(source);
  const levels = levelsOf(shapes);
  const up = upDepthsOf(shapes, levels);
  const middle = depthAt(shapes, 'middle_block.1');
  const textKey = shapes.ending('.attn2.to_k.weight');
  const textWidth = textKey === undefined ? 0 : shapes.side(textKey, 1);
  const projection = shapes.ending('.1.proj_in.weight');
  const channels = levels.map((level) => level.channels);
  return {
    _class_name: 'UNet2DConditionModel',
    in_channels: shapes.side('input_blocks.0.0.weight', 1),
    out_channels: shapes.side('out.2.weight', 0),
    block_out_channels: channels,
    down_block_types: levels.map(({ depths }) => (attends(depths) ? 'CrossAttnDownBlock2D' : 'DownBlock2D')),
    up_block_types: up.map((depths) => (attends(depths) ? 'CrossAttnUpBlock2D' : 'UpBlock2D')),
    mid_block_type: middleType(shapes, middle),
    layers_per_block: levels.map(({ depths }) => depths.length),
    // What a level without attention says is only read by the middle, which takes the last level's.
    transformer_layers_per_block: levels.map(({ depths }) => orElse(depths, middle)),
    reverse_transformer_layers_per_block: up.map((depths) => orElse(depths, 1)),
    attention_head_dim: textWidth === SD1_TEXT_WIDTH ? SD1_HEADS : channels.map((width) => width / HEAD_CHANNELS),
    cross_attention_dim: textWidth,
    use_linear_projection: projection !== undefined && shapes.dimensions(projection) === 2,
    time_cond_proj_dim: shapes.has(GUIDANCE) ? shapes.side(GUIDANCE, 1) : null,
    ...additionOf(shapes),
  };
}

const GUIDANCE = 'time_embed.cond_proj.weight';
const ADDITION = 'label_emb.0.0.weight';

function levelsOf(shapes: PartShapes): Level[] {
  const levels: Level[] = [{ channels: 0, depths: [] }];
  for (let block = 1; ; block++) {
    const at = `input_blocks.${block}`;
    const level = levels.at(-1);
    if (shapes.has(`${at}.0.op.weight`)) levels.push({ channels: 0, depths: [] });
    else if (level !== undefined && shapes.has(`${at}.0.in_layers.2.weight`)) {
      level.channels = shapes.side(`${at}.0.in_layers.2.weight`, 0);
      level.depths.push(depthAt(shapes, `${at}.1`));
    } else return levels;
  }
}

/** Each level has one residual block more on the way up. */
function upDepthsOf(shapes: PartShapes, levels: readonly Level[]): number[][] {
  let block = 0;
  return [...levels]
    .reverse()
    .map(({ depths }) =>
      Array.from({ length: depths.length + 1 }, () => depthAt(shapes, `output_blocks.${block++}.1`)),
    );
}

function depthAt(shapes: PartShapes, transformer: string): number {
  return shapes.count(`${transformer}.transformer_blocks`, 'attn1.to_q.weight');
}

function middleType(shapes: PartShapes, depth: number): string | null {
  if (depth > 0) return 'UNetMidBlock2DCrossAttn';
  return shapes.has('middle_block.0.in_layers.2.weight') ? 'UNetMidBlock2D' : null;
}

function attends(depths: readonly number[]): boolean {
  return depths.some((depth) => depth > 0);
}

function orElse(depths: readonly number[], other: number): number | readonly number[] {
  return attends(depths) ? depths : Math.max(other, 1);
}

function additionOf(shapes: PartShapes): Record<string, unknown> {
  if (!shapes.has(ADDITION)) return {};
  return {
    addition_embed_type: 'text_time',
    addition_time_embed_dim: SIZE_WIDTH,
    projection_class_embeddings_input_dim: shapes.side(ADDITION, 1),
  };
}

/** What stands outside of blocks and has no name of a LoRA's. */
const OTHERS: Readonly<Record<string, string>> = {
  'out.0': 'conv_norm_out',
  'time_embed.cond_proj': 'time_embedding.cond_proj',
  'label_emb.0.0': 'add_embedding.linear_1',
  'label_emb.0.2': 'add_embedding.linear_2',
};

/** diffusers' names for the tensors of a UNet with LDM's names; `config` is what {@link unetConfigOf} gave, or more exactly so. */
export function unetNames(source: WeightSource, config: unknown): WeightSource {
  const pairs = [...ldmPrefixes(parseUNetConfig(config, source.origin))].map(([name, ldm]) => [ldm, name] as const);
  const prefixes = new Map([...pairs, ...Object.entries(OTHERS)]);
  return viewOf(source, (tensor) => {
    const name = diffusersName(tensor, prefixes);
    return name === undefined ? [] : [{ ...tensor, name }];
  });
}

/** Blocks are named in the first parts of a name, `input_blocks.4.1`; what is inside of them has mostly the same names in both. */
function diffusersName({ name }: WeightTensor, prefixes: ReadonlyMap<string, string>): string | undefined {
  const parts = name.split('.');
  for (let length = parts.length - 1; length > 0; length--) {
    const prefix = prefixes.get(parts.slice(0, length).join('.'));
    if (prefix === undefined) continue;
    const inner = parts.slice(length).join('.');
    return `${prefix}.${prefix.includes('.resnets.') ? inResnet(inner) : inner}`;
  }
  return undefined;
}

function inResnet(inner: string): string {
  const end = inner.lastIndexOf('.');
  return `${LDM_RESNET[inner.slice(0, end)] ?? inner.slice(0, end)}${inner.slice(end)}`;
}
