/** Using a LoRA by a part of its strength. */
import { float32, type Tensor } from '../../src/engine/tensors/tensor';
import type { LoraFeeds } from '../../src/engine/training/networks';

/** B times the strength; A as it is. */
export function withStrength(lora: LoraFeeds, strength: number): LoraFeeds {
  return Object.fromEntries(
    Object.entries(lora).map(([name, tensor]) =>
      isUp(name) ? [name, scaled(tensor as Tensor<'float32'>, strength)] : [name, tensor],
    ),
  );
}

function isUp(name: string): boolean {
  return name.endsWith('.lora_B.weight');
}

function scaled({ data, shape }: Tensor<'float32'>, factor: number): Tensor {
  return float32(
    data.map((value) => value * factor),
    shape,
  );
}
