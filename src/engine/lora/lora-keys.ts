/** What the end of a LoRA tensor's name says, in every layout we know; the rest names the layer. */

export type LoraPart = 'A' | 'B' | 'alpha';

export interface LoraKey {
  /** The layer as the layout spells it: 'unet.mid_block….to_q', 'lora_unet_mid_block_…_to_q', '….processor.to_q_lora'. */
  readonly layer: string;
  readonly part: LoraPart;
}

/**
 * PEFT: lora_A, lora_B (with the adapter's name where a state dict was saved as it is); diffusers: lora.down, lora.up, for
 * text encoders lora_linear_layer.down; old attention processors: …_lora.down; kohya: lora_down, lora_up, alpha.
 */
const ENDS: readonly (readonly [RegExp, LoraPart])[] = [
  [/\.lora_A(\.\w+)?\.weight$/, 'A'],
  [/\.lora_B(\.\w+)?\.weight$/, 'B'],
  [/(\.lora|\.lora_linear_layer)?\.down\.weight$/, 'A'],
  [/(\.lora|\.lora_linear_layer)?\.up\.weight$/, 'B'],
  [/\.lora_down\.weight$/, 'A'],
  [/\.lora_up\.weight$/, 'B'],
  [/(\.lora)?\.alpha$/, 'alpha'],
];

/** undefined for a name that is none of a LoRA's. */
export function parseLoraKey(key: string): LoraKey | undefined {
  for (const [end, part] of ENDS) {
    const match = end.exec(key);
    if (match !== null) return { layer: key.slice(0, match.index), part };
  }
  return undefined;
}

/** Relatives of LoRA by the names they use, in LyCORIS, PEFT and kohya-ss's scripts. */
const RELATIVES: readonly (readonly [RegExp, string])[] = [
  [/\.hada_/, 'LoHa'],
  [/\.lokr_/, 'LoKr'],
  [/\.(a1|a2|b1|b2|bm1|bm2)\.weight$/, 'GLoRA'],
  [/\.boft_[RS]|\.boft_/, 'BOFT'],
  [/\.oft_|\.rescale$/, 'OFT'],
  [/\.vera_/, 'VeRA'],
  [/\.lora_E(\.|$)|\.ranknum$/, 'AdaLoRA'],
  [/\.[wb]_norm$/, 'trained normalisation layers (LyCORIS)'],
  [/\.scalar$/, 'a trained scale for each layer (LyCORIS)'],
  [/\.lora_[AB](\.\w+)?\.bias$|\.lora_(down|up)\.bias$/, 'LoRA with biases'],
  [/\.lora_embedding_[AB]/, 'LoRA of an embedding'],
  [/\.on_input$|\.ia3_l/, '(IA)³'],
  [/\.lora_mid\./, 'LoCon in Tucker form'],
  [/\.dora_scale$|\.lora_magnitude_vector/, 'DoRA'],
  [/\.diff(_b)?$/, 'full weight differences'],
  [/^bundle_emb\.|^emb_params$|^string_to_param/, 'textual inversion'],
];

/** The name of the method a tensor belongs to, when it is one that we know and cannot apply. */
export function relativeOfLora(key: string): string | undefined {
  return RELATIVES.find(([pattern]) => pattern.test(key))?.[1];
}
