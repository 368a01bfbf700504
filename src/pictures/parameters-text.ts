/** The `parameters` text of AUTOMATIC1111's web UI, which many tools show and read. */
import type { Recipe, RecipeLora } from '../domain/recipe';

const SAMPLER_TITLES = { lcm: 'LCM', ddim: 'DDIM', 'dpmsolver++': 'DPM++ 2M' } as const;

/** Prompt, negative prompt, then one line of "Name: value" pairs. */
export function parametersText(recipe: Recipe): string {
  const pairs: readonly (readonly [string, string | number])[] = [
    ['Steps', recipe.steps],
    ['Sampler', SAMPLER_TITLES[recipe.sampler]],
    ['CFG scale', recipe.guidance],
    ['Seed', recipe.seed],
    ['Size', `${recipe.width}x${recipe.height}`],
    ['Model hash', recipe.model.sha256.slice(0, 10)],
    ['Model', recipe.model.id],
    ...(recipe.strength === undefined ? [] : [['Denoising strength', recipe.strength] as const]),
    ['Version', `Fourstep ${recipe.engine}`],
  ];
  const negative = recipe.negativePrompt === '' ? [] : [`Negative prompt: ${recipe.negativePrompt}`];
  return [
    [recipe.prompt, ...(recipe.loras ?? []).map(loraTag)].join(' '),
    ...negative,
    pairs.map(([name, value]) => `${name}: ${quoted(String(value))}`).join(', '),
  ].join('\n');
}

/** As the web UI's users write it into the prompt; characters that would end the tag early are replaced. */
function loraTag({ name, weight }: RecipeLora): string {
  return `<lora:${name.replace(/[<>:\s]+/g, '-')}:${weight}>`;
}

/** A value with a comma, colon or line break is written as JSON, as the web UI does. */
function quoted(value: string): string {
  return /[,:\n]/.test(value) ? JSON.stringify(value) : value;
}
