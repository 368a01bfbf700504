/** The `parameters` text of AUTOMATIC1111's web UI, which many tools show and read. */
import { DRAWING } from '../contract/drawing-settings';
import type { Recipe, RecipeLora } from '../contract/recipe';
import { namesWith, type Setting } from '../contract/setting';

/** Prompt, negative prompt, then one line of "Name: value" pairs. */
export function parametersText(recipe: Recipe): string {
  const pairs: readonly (readonly [string, string | number])[] = [
    ...settingPairs(recipe, 'always'),
    ['Size', `${recipe.width}x${recipe.height}`],
    ['Model hash', recipe.model.sha256.slice(0, 10)],
    ['Model', recipe.model.id],
    ...settingPairs(recipe, 'when-set'),
    ['Version', `Fourstep ${recipe.engine}`],
  ];
  const negative = recipe.negativePrompt === '' ? [] : [`Negative prompt: ${recipe.negativePrompt}`];
  return [
    [recipe.prompt, ...(recipe.loras ?? []).map(loraTag)].join(' '),
    ...negative,
    pairs.map(([name, value]) => `${name}: ${quoted(String(value))}`).join(', '),
  ].join('\n');
}

/** The settings that every recipe has, or those that only some have, in the order of their declarations. */
function settingPairs(recipe: Recipe, presence: Setting['recipe']): (readonly [string, string | number])[] {
  return namesWith(DRAWING, 'parameter').flatMap((name) => {
    const setting: Setting = DRAWING[name];
    const value = recipe[name];
    if (setting.parameter === undefined || setting.recipe !== presence || value === undefined) return [];
    const { name: title, plus = 0, titles } = setting.parameter;
    return [[title, typeof value === 'number' ? value + plus : (titles?.[value] ?? value)] as const];
  });
}

/** As the web UI's users write it into the prompt; characters that would end the tag early are replaced. */
function loraTag({ name, weight }: RecipeLora): string {
  return `<lora:${name.replace(/[<>:\s]+/g, '-')}:${weight}>`;
}

/** A value with a comma, colon or line break is written as JSON, as the web UI does. */
function quoted(value: string): string {
  return /[,:\n]/.test(value) ? JSON.stringify(value) : value;
}
