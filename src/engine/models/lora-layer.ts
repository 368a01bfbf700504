/** Which layers get a low-rank addition, and what its matrices are called. */

export interface LoraLayer {
  readonly rank: number;
  /** alpha / rank. */
  readonly scale: number;
}

/** By the path of the layer in the checkpoint, for example 'mid_block.attentions.0.proj_in'. */
export type LoraLayers = ReadonlyMap<string, LoraLayer>;

/** Names of the graph inputs (and of the tensors in a PEFT file) that hold A [rank, in, …kernel] and B [out, rank, …1]. */
export function loraNames(path: string): { readonly A: string; readonly B: string } {
  return { A: `${path}.lora_A.weight`, B: `${path}.lora_B.weight` };
}
