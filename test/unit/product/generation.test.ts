import { describe, expect, it } from 'vitest';
import type { ResolvedModel } from '../../../src/catalog/catalog';
import type { Style } from '../../../src/catalog/styles';
import { DRAWING } from '../../../src/contract/drawing-settings';
import { defaultPanel } from '../../../src/contract/panel-page';
import { settingsFrom } from '../../../src/contract/editor-settings';
import { resolveGeneration, type GenerationIntent } from '../../../src/product/generation';
import { isLcmLora, suitedToModel } from '../../../src/product/suited';

const KNOWN: ResolvedModel = {
  id: 'icons-v1',
  folder: '/models/icons-v1',
  model: { id: 'icons-v1', folder: 'icons-v1', defaults: { steps: 4, guidance: 3 } },
};
const UNKNOWN: ResolvedModel = { id: 'dreamy', folder: '/models/dreamy' };

const style = (name: string, styleWord: string): Style =>
  ({ name, loraPath: `/styles/${name}/lora.safetensors`, file: { styleWord } }) as Style;
const HOUSE = style('house', 'house style');
const PLAIN = style('plain', '');

const SETTINGS: GenerationIntent['settings'] = {
  prompt: 'a rocket',
  negativePrompt: '',
  seed: 7,
  count: 2,
  format: 'png',
  device: 'auto',
  metadata: true,
  previews: true,
};

const resolved = (
  { settings, ...intent }: Partial<GenerationIntent>,
  model = KNOWN,
): ReturnType<typeof resolveGeneration> =>
  resolveGeneration({ styles: [], ...intent, settings: { ...SETTINGS, ...settings } }, model);

describe('steps and guidance of a request', () => {
  const used = [{ style: HOUSE, weight: 1 }];
  it.each([
    ['of a model in the catalogue are its own', {}, KNOWN, { steps: 4, guidance: 3 }],
    ['as they are set come first', { settings: { steps: 8, guidance: 2 } }, KNOWN, { steps: 8, guidance: 2 }],
    [
      'that are left to the model are its own',
      { settings: { steps: 0, guidance: 0 } },
      KNOWN,
      { steps: 4, guidance: 3 },
    ],
    ['with a style are what suits styles', { styles: used }, KNOWN, { steps: 4, guidance: 7 }],
    ['with a style, as they are set', { styles: used, settings: { guidance: 2 } }, KNOWN, { steps: 4, guidance: 2 }],
    ['with a style of strength 0 are the model’s', { styles: [{ style: HOUSE, weight: 0 }] }, KNOWN, { guidance: 3 }],
    ['with a LoRA file are the model’s', { loras: [{ path: '/l', name: 'l', weight: 1 }] }, KNOWN, { guidance: 3 }],
    ['of an unknown model are left to the worker', {}, UNKNOWN, { steps: undefined, guidance: undefined }],
    ['of an unknown model with a style: the style’s', { styles: used }, UNKNOWN, { steps: undefined, guidance: 7 }],
    ['of an unknown model, as they are set', { settings: { steps: 30 } }, UNKNOWN, { steps: 30, guidance: undefined }],
  ] as readonly (readonly [string, Partial<GenerationIntent>, ResolvedModel, object])[])(
    '%s',
    (_what, intent, model, expected) => {
      expect(resolved(intent, model)).toMatchObject(
        Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined)),
      );
      for (const [name, value] of Object.entries(expected)) {
        if (value === undefined) expect(resolved(intent, model)).not.toHaveProperty(name);
      }
    },
  );
});

describe('what suits a model that the catalogue does not know', () => {
  it.each([
    ['a consistency model', { isLcm: true, guidanceEmbedded: true }, undefined, { steps: 4, guidance: 8 }],
    ['one with an LCM-LoRA merged into it', { isLcm: true }, undefined, { steps: 4, guidance: 1 }],
    ['one distilled for few steps', { isLcm: false, fewSteps: true }, undefined, { steps: 4, guidance: 1 }],
    ['a model distilled for one step', { isLcm: false, oneStep: true }, undefined, { steps: 1, guidance: 1 }],
    ['the same with a sampler of its own', { isLcm: false, oneStep: true }, 'ddim', { steps: 1, guidance: 1 }],
    ['the same with an LCM-LoRA', { isLcm: false, oneStep: true }, 'lcm', { steps: 1, guidance: 1 }],
    ['an ordinary one', { isLcm: false, oneStep: false }, undefined, { steps: 20, guidance: 7.5 }],
    ['an ordinary one with the sampler of consistency models', { isLcm: false }, 'lcm', { steps: 4, guidance: 1 }],
    ['an ordinary one with a sampler of its own', { isLcm: false }, 'ddim', { steps: 20, guidance: 7.5 }],
  ] as const)('%s', (_what, model, sampler, expected) => {
    const facts = { oneStep: false, fewSteps: false, guidanceEmbedded: false };
    expect(suitedToModel({ ...facts, ...model, sampler })).toEqual(expected);
  });
});

describe('an LCM-LoRA', () => {
  it.each(['lcm-lora-sdv1-5', 'LCM_LoRA_SDXL', 'lora-lcm'])('is known by its name: %s', (name) => {
    expect(isLcmLora(name)).toBe(true);
  });

  it.each(['pixel-art', 'lcmagic', 'lora'])('is none: %s', (name) => {
    expect(isLcmLora(name)).toBe(false);
  });
});

describe('styles and LoRA files of a request', () => {
  it('come in their order, styles begin after the first step, and their words follow the prompt', () => {
    const styles = [
      { style: HOUSE, weight: 0.5 },
      { style: PLAIN, weight: 1, start: 0 },
    ];
    const request = resolved({ styles, loras: [{ path: '/a.safetensors', name: 'a', weight: 2 }] });
    expect(request.prompt).toBe('a rocket, house style');
    expect(request.loras).toEqual([
      { path: '/styles/house/lora.safetensors', name: 'house', weight: 0.5, start: 0.2 },
      { path: '/styles/plain/lora.safetensors', name: 'plain', weight: 1, start: 0 },
      { path: '/a.safetensors', name: 'a', weight: 2 },
    ]);
  });

  it('leave an empty prompt empty, so that it is refused', () => {
    expect(resolved({ settings: { ...SETTINGS, prompt: ' ' }, styles: [{ style: HOUSE, weight: 1 }] }).prompt).toBe(
      ' ',
    );
  });
});

describe('terminal and panel', () => {
  it('get the same request for the same wishes', () => {
    const { settings } = settingsFrom(() => undefined);
    const panel = { ...defaultPanel(settings, 7), prompt: 'a rocket', count: 2 };
    const styles = [{ style: HOUSE, weight: 1 }];
    const fromPanel = resolveGeneration({ settings: { ...settings, ...panel }, styles }, UNKNOWN);
    expect(fromPanel).toEqual(resolved({ styles }, UNKNOWN));
  });

  it('name a sampler only when one is chosen', () => {
    expect(resolved({ settings: { ...SETTINGS, sampler: DRAWING.sampler.off } })).not.toHaveProperty('sampler');
    expect(resolved({ settings: { ...SETTINGS, sampler: 'ddim' } })).toMatchObject({ sampler: 'ddim' });
  });
});
