/** `<lora:name:0.8>` in a prompt, as web UIs write it: taken out, and the styles that are meant. */
import type { Style } from '../catalog/styles';
import { UserError } from '../domain/errors';

export interface LoraTag {
  readonly name: string;
  readonly weight: number;
}

/** Other programs write a second weight, of the text encoder, behind the first; here a LoRA has one. */
const TAG = /<(?:lora|lyco):([^:<>]{1,200})(?::\s*([+-]?(?:\d{1,6}(?:\.\d{0,6})?|\.\d{1,6}))\s*)?(?::[^<>]{0,100})?>/gi;

/** The prompt without its tags, and the tags in their order. */
export function takeLoraTags(prompt: string): { readonly prompt: string; readonly tags: readonly LoraTag[] } {
  const tags = Array.from(prompt.matchAll(TAG), ([, name = '', weight = '1']) => ({
    name: name.trim(),
    weight: Number(weight),
  }));
  if (tags.length === 0) return { prompt, tags };
  const left = prompt
    .replace(TAG, ' ')
    .replace(/ {2,}/g, ' ')
    .replace(/ (?=,)/g, '')
    .trim();
  return { prompt: left, tags };
}

/** The styles that tags name. Throws `not-found` for the first that is not here, naming those that are. */
export function stylesOfTags(
  tags: readonly LoraTag[],
  here: readonly Style[],
): { readonly style: Style; readonly weight: number }[] {
  return tags.map(({ name, weight }) => {
    const style = here.find((each) => each.name.toLowerCase() === name.toLowerCase());
    if (style !== undefined) return { style, weight };
    const known =
      here.length === 0
        ? 'there are no styles here'
        : `the styles here are ${here.map((each) => each.name).join(', ')}`;
    throw new UserError(
      'not-found',
      `The prompt asks for the LoRA "${name}" (<lora:${name}:${weight}>), and ${known}. Make a style of that name, or give a LoRA's file with --lora.`,
    );
  });
}
