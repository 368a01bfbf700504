import { describe, expect, it } from 'vitest';
import { containing } from '../../support/matching';
import { parseRecipe, type Recipe } from '../../../src/contract/recipe';

const recipe: Recipe = {
  version: 1,
  engine: '0.1.0',
  model: { id: 'icons-v1', sha256: 'a'.repeat(64) },
  prompt: 'a fox',
  negativePrompt: '',
  seed: 7,
  steps: 4,
  guidance: 3,
  sampler: 'lcm',
  width: 64,
  height: 64,
  device: 'cpu',
  created: '2026-11-23T12:00:00.000Z',
};

describe('reading a recipe', () => {
  it('gives back what was written, optional fields included', () => {
    const loras = [{ name: 'house', sha256: 'c'.repeat(64), weight: 0.8 }];
    for (const written of [
      recipe,
      { ...recipe, clipSkip: 2 },
      { ...recipe, strength: 0.5, initSha256: 'b'.repeat(64) },
      { ...recipe, loras },
    ]) {
      expect(parseRecipe(JSON.stringify(written))).toEqual({ recipe: written });
    }
  });

  it.each([
    ['no JSON', '{', 'the recipe is not valid JSON'],
    ['another version', { ...recipe, version: 2, engine: '9.9.9' }, 'has version 2, written by Fourstep 9.9.9'],
    ['a setting of a later version', { ...recipe, hires: true }, 'hires is not known here'],
    ['a hash that is none', { ...recipe, model: { id: 'x', sha256: '../../etc' } }, 'model.sha256 is "../../etc"'],
    ['an unknown sampler', { ...recipe, sampler: 'lms' }, 'sampler is "lms"; expected one of lcm, ddim'],
    ['a seed that is no whole number', { ...recipe, seed: 1.5 }, 'seed is 1.5; expected a whole number'],
    ['guidance out of its range', { ...recipe, guidance: 1e9 }, 'guidance is 1000000000; expected a number from 0'],
    ['a clip skip that is none', { ...recipe, clipSkip: 'much' }, 'clipSkip is "much"; expected a whole number'],
    ['a LoRA without a weight', { ...recipe, loras: [{ name: 'x', sha256: 'c'.repeat(64) }] }, 'loras.0.weight is mis'],
    ['a missing field', { ...recipe, prompt: undefined }, 'prompt is missing'],
  ])('refuses one with %s, by name', (_, value, problem) => {
    const parsed = parseRecipe(typeof value === 'string' ? value : JSON.stringify(value));
    expect(parsed).toEqual({ problem: containing(problem) });
  });

  it('takes nothing for no recipe, and no problem', () => {
    expect(parseRecipe('')).toEqual({});
  });
});
