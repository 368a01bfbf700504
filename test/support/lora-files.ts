/** LoRA for tiny models, as files in the layouts that other tools write. */
import { clipLayers, layerNames, unetLayers, type AdaptableLayer } from '../../src/engine/lora/layer-names';
import type { LowRank, LowRankLayers } from '../../src/engine/lora/loaded-lora';
import { parseUNetConfig, type UNetConfig } from '../../src/engine/networks/unet-config';
import { normalNoise } from '../../src/engine/tensors/noise';
import { float32, sizeOf, type Tensor } from '../../src/engine/tensors/tensor';
import type { WeightSource, WeightTensor } from '../../src/engine/checkpoints/weight-source';
import { tinyConfig, tinyLayout } from './tiny-models';

/** What a LoRA must fit. */
export interface LoraBase {
  readonly config: UNetConfig;
  readonly weights: Readonly<Record<'unet' | 'text_encoder', WeightSource>>;
}

/** The layers of a model by all their names. */
export function namesOf({ config, weights }: LoraBase): ReadonlyMap<string, AdaptableLayer> {
  return layerNames([unetLayers(config, 'unet'), clipLayers('text_encoder')], weights);
}

/** The layers of a model, each once. */
export function layersOf(base: LoraBase): AdaptableLayer[] {
  return [...new Set(namesOf(base).values())];
}

/** Random matrices for the layers, scale 1. */
export function randomLora(layers: readonly AdaptableLayer[], rank: number, seed = 1): LowRankLayers {
  return new Map(
    layers.map(({ path, shape: [out = 0, ...fanIn] }, index): [string, LowRank] => {
      const draw = (stream: number, shape: readonly number[]): Tensor<'float32'> => {
        const noise = normalNoise(seed, 2 * index + stream, sizeOf(shape));
        return float32(
          noise.map((value) => 0.2 * value),
          shape,
        );
      };
      const A = draw(0, [rank, ...fanIn]);
      return [path, { A, B: draw(1, [out, rank, ...fanIn.slice(1).map(() => 1)]), scale: 1 }];
    }),
  );
}

/** W + factor · scale · B A, computed in float64. */
export function merged(weight: Tensor<'float32'>, { A, B, scale }: LowRank, factor = 1): Tensor<'float32'> {
  const [rank = 0, ...fanIn] = A.shape;
  const inner = sizeOf(fanIn);
  const data = weight.data.map((value, index) => {
    const [row, column] = [Math.floor(index / inner), index % inner];
    let sum = 0;
    for (let r = 0; r < rank; r++) sum += (B.data[row * rank + r] ?? NaN) * (A.data[r * inner + column] ?? NaN);
    return value + factor * scale * sum;
  });
  return float32(data, weight.shape);
}

/** A checkpoint of which only names and shapes matter. */
export function shapesOnly(tensors: Readonly<Record<string, readonly number[]>>): WeightSource {
  const entries = Object.entries(tensors).map(([name, shape]): [string, WeightTensor] => [
    name,
    { name, dtype: 'float32', shape, file: 'nowhere', offset: 0, length: 4 * sizeOf(shape) },
  ]);
  return { tensors: new Map(entries), origin: 'tiny' };
}

/** What LoRA must fit: the tiny UNet and text encoder of these names. */
export function tinyBase(unet: string, text = 'clip_quick'): LoraBase {
  return {
    config: parseUNetConfig(tinyConfig(unet), unet),
    weights: { unet: shapesOnly(tinyLayout(unet).tensors), text_encoder: shapesOnly(tinyLayout(text).tensors) },
  };
}

type Names = (layer: AdaptableLayer) => readonly [A: string, B: string, alpha?: string];

/** Every layout's names for a layer's matrices and its alpha. */
export const LAYOUTS = {
  'diffusers/PEFT': ({ component, path }) => [
    `${component}.${path}.lora_A.weight`,
    `${component}.${path}.lora_B.weight`,
  ],
  'PEFT state dict': ({ path }) => [
    `base_model.model.${path}.lora_A.default.weight`,
    `base_model.model.${path}.lora_B.default.weight`,
  ],
  'diffusers, down and up': ({ component, path }) => {
    const lora = component === 'unet' ? 'lora' : 'lora_linear_layer';
    const layer = `${component}.${path}`;
    return [`${layer}.${lora}.down.weight`, `${layer}.${lora}.up.weight`, `${layer}.alpha`];
  },
  kohya: ({ component, path }) => kohyaKeys(component === 'unet' ? 'lora_unet' : 'lora_te', path),
} as const satisfies Readonly<Record<string, Names>>;

export function kohyaKeys(prefix: string, path: string): [A: string, B: string, alpha: string] {
  const layer = `${prefix}_${path.replaceAll('.', '_')}`;
  return [`${layer}.lora_down.weight`, `${layer}.lora_up.weight`, `${layer}.alpha`];
}

/** The tensors of a file in a layout; with `alpha` where the layout has a place for it. */
export function loraTensors(
  layers: readonly AdaptableLayer[],
  matrices: LowRankLayers,
  names: Names,
  alpha?: number,
): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const layer of layers) {
    const found = matrices.get(layer.path);
    const [A, B, alphaName] = names(layer);
    if (found === undefined) throw new Error(`no matrices for ${layer.path}`);
    tensors.set(A, found.A);
    tensors.set(B, found.B);
    if (alphaName !== undefined && alpha !== undefined) tensors.set(alphaName, float32([alpha], []));
  }
  return tensors;
}
