import { describe, expect, it } from 'vitest';
import type { Recipe } from '../../../src/domain/recipe';
import { parseRecipe } from '../../../src/pictures/recipe';

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
    for (const written of [recipe, { ...recipe, strength: 0.5, initSha256: 'b'.repeat(64) }, { ...recipe, loras }]) {
      expect(parseRecipe(JSON.stringify(written))).toEqual(written);
    }
  });

  it.each([
    ['no JSON', '{'],
    ['another version', JSON.stringify({ ...recipe, version: 2 })],
    ['a hash that is none', JSON.stringify({ ...recipe, model: { id: 'x', sha256: '../../etc' } })],
    ['an unknown sampler', JSON.stringify({ ...recipe, sampler: 'euler' })],
    ['a seed that is no whole number', JSON.stringify({ ...recipe, seed: 1.5 })],
    ['a LoRA without a weight', JSON.stringify({ ...recipe, loras: [{ name: 'x', sha256: 'c'.repeat(64) }] })],
    ['a missing field', JSON.stringify({ ...recipe, prompt: undefined })],
  ])('takes %s for no recipe of ours', (_, text) => {
    expect(parseRecipe(text)).toBeUndefined();
  });
});
