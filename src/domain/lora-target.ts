/** Groups of a UNet's layers that a LoRA may be on; which layers they are is the engine's (`engine/training/lora-layers.ts`). */
export const LORA_TARGET_NAMES = ['attention', 'projections', 'feed-forward', 'convolutions', 'time'] as const;
export type LoraTarget = (typeof LORA_TARGET_NAMES)[number];
