/** Which layers get a low-rank addition, and what its matrices are called. */
import type { Dim } from '../graph/graph';

/** Room for a low-rank addition to a layer of a graph. */
export interface LoraSlot {
  /** A symbol leaves it free: one session then takes matrices of any rank. */
  readonly rank: Dim;
  /** alpha / rank, or 1 when that is in the matrices already. */
  readonly scale: number;
}

/** By the path of the layer in the checkpoint, for example 'mid_block.attentions.0.proj_in'. */
export type LoraSlots = ReadonlyMap<string, LoraSlot>;

export interface LoraLayer extends LoraSlot {
  readonly rank: number;
}

export type LoraLayers = ReadonlyMap<string, LoraLayer>;

/** Names of the graph inputs (and of the tensors in a PEFT file) that hold A [rank, in, …kernel] and B [out, rank, …1]. */
export function loraNames(path: string): { readonly A: string; readonly B: string } {
  return { A: `${path}.lora_A.weight`, B: `${path}.lora_B.weight` };
}
