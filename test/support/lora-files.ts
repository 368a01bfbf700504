/** LoRA for tiny models, as files in the layouts that other tools write. */
import { layerNames, type AdaptableLayer, type LoraBase } from '../../src/engine/lora/layer-names';
import type { LowRank, LowRankLayers } from '../../src/engine/lora/lora';
import { normalNoise } from '../../src/engine/tensors/noise';
import { float32, sizeOf, type Tensor } from '../../src/engine/tensors/tensor';

/** The layers of a model, each once. */
export function layersOf(base: LoraBase): AdaptableLayer[] {
  return [...new Set(layerNames(base).values())];
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
