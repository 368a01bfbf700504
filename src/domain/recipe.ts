/** Everything needed to make a saved picture again. Stored in the file itself; the file is the truth. */

export const RECIPE_VERSION = 1;

export interface ModelIdentity {
  /** Catalog id, or the folder's name for a model opened from disk. */
  readonly id: string;
  /** SHA-256 over the component weight files, hex; says exactly which weights made the picture. */
  readonly sha256: string;
}

/** A LoRA as it was applied. */
export interface RecipeLora {
  /** The style's or the file's name. */
  readonly name: string;
  /** SHA-256 over the file, hex; says exactly which one it was. */
  readonly sha256: string;
  /** Factor of its addition to the model's weights. */
  readonly weight: number;
  /** Share of the noise schedule that passed before it began, (0, 1); absent = there from the first step on. */
  readonly start?: number;
}

export type SamplerName = 'lcm' | 'ddim' | 'dpmsolver++';

export interface Recipe {
  readonly version: typeof RECIPE_VERSION;
  readonly engine: string;
  readonly model: ModelIdentity;
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly seed: number;
  readonly steps: number;
  /** diffusers' guidance_scale g; the embedding gets w = g - 1. */
  readonly guidance: number;
  readonly sampler: SamplerName;
  /** Pixels the model made, before any resize. */
  readonly width: number;
  readonly height: number;
  readonly strength?: number;
  /** SHA-256 of the init image file of an image→image run. */
  readonly initSha256?: string;
  /** LoRAs in the order they were given; absent when there was none. */
  readonly loras?: readonly RecipeLora[];
  /** Execution provider that computed it; another one may differ in the last bits. */
  readonly device: string;
  /** ISO 8601. */
  readonly created: string;
}
