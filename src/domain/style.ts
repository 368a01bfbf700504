/** A style: what fine-tuning leaves in `.fourstep/styles/<name>/`, small enough to be committed. */

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

/** What `currentColor` stands for when an icon is drawn on light ground: dark grey, the colour of most one-coloured icons in the built-in model's training. */
export const INK = '#1f2328';
/** On dark ground. */
export const INK_ON_DARK = '#f0f3f6';
