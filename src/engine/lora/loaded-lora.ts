/** LoRA files in memory: for each layer of a model two thin matrices whose product is added to its weights. */
import type { Tensor } from '../tensors/tensor';

/** W' = W + scale · B A; a convolution's kernel belongs to A, B is 1×1. */
export interface LowRank {
  /** [rank, in, …kernel] */
  readonly A: Tensor<'float32'>;
  /** [out, rank, …1] */
  readonly B: Tensor<'float32'>;
  /** alpha / rank. */
  readonly scale: number;
}

/** By the layer's path in the checkpoint. */
export type LowRankLayers = ReadonlyMap<string, LowRank>;

export interface Lora {
  /** By the network that they change. */
  readonly layers: ReadonlyMap<string, LowRankLayers>;
  /** The file, for messages. */
  readonly origin: string;
  /** SHA-256 (hex) of the model it was trained for, where the file says so. */
  readonly baseModel: string | undefined;
}

/** A LoRA and how strongly it is applied: 1 is as it was trained. */
export interface AppliedLora {
  readonly lora: Lora;
  readonly weight: number;
  /**
   * Share of the noise schedule that passes before it begins, [0, 1); absent = from the first step on. What is drawn is decided
   * early and how it is drawn later, so a style that begins later changes less of what the model knows about things.
   */
  readonly start?: number;
}
