import { describe, expect, it } from 'vitest';
import { parametersText } from '../../../src/pictures/parameters-text';
import { RECIPE } from './samples';

describe('the parameters text', () => {
  it('has prompt and settings as the web UI writes them', () => {
    expect(parametersText(RECIPE)).toBe(
      'a red rocket, flat\n' +
        'Steps: 4, Sampler: LCM, CFG scale: 3.5, Seed: 42, Size: 64x96, Model hash: 0123456789, Model: icons-v1, Version: Fourstep 0.1.0',
    );
  });

  it('has negative prompt and strength where there are any', () => {
    const text = parametersText({ ...RECIPE, negativePrompt: 'blurry', strength: 0.6, sampler: 'dpmsolver++' });
    expect(text.split('\n')[1]).toBe('Negative prompt: blurry');
    expect(text).toContain('Sampler: DPM++ 2M,');
    expect(text).toContain('Denoising strength: 0.6,');
  });

  it("says clip skip in the web UI's count, which is one more than ours", () => {
    expect(parametersText({ ...RECIPE, clipSkip: 1 })).toContain('Model: icons-v1, Clip skip: 2, Version');
    expect(parametersText(RECIPE)).not.toContain('Clip skip');
  });

  it('names LoRAs behind the prompt, as the web UI has them', () => {
    const loras = [
      { name: 'house', sha256: 'c'.repeat(64), weight: 0.8 },
      { name: 'a: b>', sha256: 'd'.repeat(64), weight: 1 },
    ];
    const [prompt] = parametersText({ ...RECIPE, loras }).split('\n');
    expect(prompt).toBe('a red rocket, flat <lora:house:0.8> <lora:a-b-:1>');
  });

  it('quotes a model name that could be taken for another setting', () => {
    const id = 'my model, Seed: 7\n"x"';
    const text = parametersText({ ...RECIPE, model: { ...RECIPE.model, id } });
    expect(text).toContain(`Model: ${JSON.stringify(id)}, Version`);
    expect(text.split('\n')).toHaveLength(2);
  });
});
