/** Which layers of a model get a low-rank addition, and the matrices before training. */
import { UserError } from '../../domain/errors';
import { LORA_TARGET_NAMES, type LoraTarget } from '../../domain/choices';
import { loraNames, type LoraLayers } from '../networks/lora-slots';
import { normalNoise } from '../tensors/noise';
import { float32, sizeOf, type Tensor } from '../tensors/tensor';
import type { WeightSource } from '../checkpoints/weight-source';

/** Groups of layers by the ends of their names in the checkpoint. */
export const LORA_TARGETS = {
  attention: ['to_q', 'to_k', 'to_v', 'to_out.0'],
  projections: ['proj_in', 'proj_out'],
  'feed-forward': ['ff.net.0.proj', 'ff.net.2'],
  convolutions: ['conv1', 'conv2', 'conv_shortcut', 'downsamplers.0.conv', 'upsamplers.0.conv'],
  time: ['time_emb_proj'],
} as const satisfies Readonly<Record<LoraTarget, readonly string[]>>;

export { LORA_TARGET_NAMES, type LoraTarget };

/** Parts of the UNet by the beginnings of their layers' names: it goes down to few pixels, and up again to all of them. */
export const LORA_BLOCKS = { down: 'down_blocks.', middle: 'mid_block.', up: 'up_blocks.' } as const;

export type LoraBlock = keyof typeof LORA_BLOCKS;

export const LORA_BLOCK_NAMES = Object.keys(LORA_BLOCKS) as LoraBlock[];

/** LoRA matrices by the names of `loraNames`. */
export type LoraMatrices = ReadonlyMap<string, Tensor<'float32'>>;

export interface LoraShape {
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly LoraTarget[];
  readonly blocks: readonly LoraBlock[];
}

/** The layers of `weights` that the targets name in these blocks, sorted. Throws `bad-request` when there is none. */
export function targetLayers(weights: WeightSource, { rank, alpha, targets, blocks }: LoraShape): LoraLayers {
  const ends = targets.flatMap((target) => LORA_TARGETS[target].map((end) => `.${end}.weight`));
  const beginnings = blocks.map((block) => LORA_BLOCKS[block]);
  const layer = { rank, scale: alpha / rank };
  const paths = [...weights.tensors.keys()].filter(
    (key) => beginnings.some((beginning) => key.startsWith(beginning)) && ends.some((end) => key.endsWith(end)),
  );
  if (paths.length === 0) {
    const wanted = `LoRA on ${targets.join(', ')} in the blocks ${blocks.join(', ')}`;
    throw new UserError('bad-request', `${weights.origin} has no layer for ${wanted}.`);
  }
  return new Map(paths.sort().map((key) => [key.slice(0, -'.weight'.length), layer]));
}

/**
 * A drawn from N(0, 1 / fan_in), B zero, so that training starts from the unchanged model (LoRA, section 4.1).
 * A [rank, in, …kernel], B [out, rank, …1].
 */
export function initialLora(weights: WeightSource, layers: LoraLayers, seed: number): LoraMatrices {
  const matrices = new Map<string, Tensor<'float32'>>();
  let stream = 0;
  for (const [path, { rank }] of layers) {
    const shape = weights.tensors.get(`${path}.weight`)?.shape ?? [];
    const [out = 0, ...fanIn] = shape;
    const names = loraNames(path);
    const deviation = 1 / Math.sqrt(sizeOf(fanIn));
    const noise = normalNoise(seed, stream++, rank * sizeOf(fanIn));
    const shapeB = [out, rank, ...fanIn.slice(1).map(() => 1)];
    matrices.set(
      names.A,
      float32(
        noise.map((value) => value * deviation),
        [rank, ...fanIn],
      ),
    );
    matrices.set(names.B, float32(new Float32Array(out * rank), shapeB));
  }
  return matrices;
}
