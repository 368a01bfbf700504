/** A style: what fine-tuning leaves in `.fourstep/styles/<name>/`, small enough to be committed. */
import type { ModelIdentity } from './recipe';

export const STYLE_VERSION = 1;
/** Names of the files in a style's folder. */
export const STYLE_FILES = {
  style: 'style.json',
  lora: 'lora.safetensors',
  samples: 'samples',
  training: 'training',
} as const;

/** "arrow left" with a style's word: "arrow left, house style". Training and drawing put it in the same way. */
export function withStyleWord(prompt: string, styleWord: string): string {
  return styleWord.trim() === '' ? prompt : `${prompt}, ${styleWord}`;
}

/**
 * diffusers' guidance_scale that suits a style. Styles are learned without guidance, which weakens all of it, so drawing
 * asks for more than usual; chosen by experiment (research/fine-tuning/REPORT.md).
 */
export const STYLE_GUIDANCE = 7;

/**
 * Share of the noise schedule that passes before a style begins: in four steps the first is the model's own. There what is drawn is
 * decided, so more of the prompt survives; chosen by experiment (research/fine-tuning/REPORT.md).
 */
export const STYLE_START = 0.2;

export interface StyleFile {
  readonly version: typeof STYLE_VERSION;
  readonly name: string;
  /** Goes behind the prompt: "arrow left, house style". */
  readonly styleWord: string;
  /** The model it belongs to. */
  readonly model: ModelIdentity;
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly string[];
  /** Step whose weights were kept. */
  readonly steps: number;
  readonly learningRate: number;
  readonly seed: number;
  /** SHA-256 of the encoded pictures and captions. */
  readonly dataHash: string;
  readonly engine: string;
  /** ISO 8601. */
  readonly created: string;
  /** Pictures in the samples folder: what was asked for, and how it looked before and after. */
  readonly samples: readonly { readonly prompt: string; readonly before: string; readonly after: string }[];
}
