import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/domain/errors';
import { parseParams } from '../../../src/contract/guards';
import type { GenerateParams, WorkerMethod } from '../../../src/contract/worker-api';

const generate: GenerateParams = {
  jobId: 'job-1',
  modelPath: '/models/a',
  modelId: 'a',
  device: 'auto',
  prompt: 'a rocket',
  negativePrompt: '',
  seed: 1,
  count: 4,
  steps: 4,
  guidance: 8,
  outputDir: 'C:\\out',
  format: 'png',
  metadata: true,
  previews: false,
};

describe('parameters that arrive at the worker', () => {
  it('pass when they fit', () => {
    expect(parseParams('generate', generate)).toEqual(generate);
    const loras = [{ path: '/styles/house/lora.safetensors', weight: 0.8, name: 'house' }];
    const init = { path: '/a.png', strength: 0.5 };
    const full = { ...generate, sampler: 'ddim', width: 64, height: 64, init, loras };
    expect(parseParams('generate', full)).toEqual(full);
  });

  it.each([
    ['jobId', '../x', 'generate.jobId is "../x"; expected 1 to 64 letters, digits, "-" or "_"'],
    ['modelPath', 'relative/path', 'generate.modelPath is "relative/path"; expected an absolute path'],
    ['outputDir', '/a\0b', '; expected an absolute path'],
    ['seed', 1.5, 'generate.seed is 1.5; expected a whole number of at least 0'],
    ['device', 'tpu', 'generate.device is "tpu"; expected one of auto, cpu'],
    ['format', undefined, 'generate.format is missing'],
    ['prompt', 'x'.repeat(1_000_001), 'generate.prompt: '],
    ['init', { path: '/a.png' }, 'generate.init.strength is missing'],
    ['guidance', 101, 'generate.guidance is 101; expected a number from 0 to 100'],
    [
      'loras',
      [{ path: 'house', weight: 1, name: 'house' }],
      'generate.loras.0.path is "house"; expected an absolute path',
    ],
    ['surprise', 1, 'generate.surprise is not known here'],
  ])('are refused with the field and the reason: %s', (field, value, message) => {
    expect(() => parseParams('generate', { ...generate, [field]: value })).toThrow(message);
  });

  it('are refused, never let through or crashed on, whatever they are', () => {
    const methods: WorkerMethod[] = ['hello', 'devices', 'generate', 'inspect', 'recipe', 'rebuild'];
    const anything = fc.anything({ withBigInt: true, withNullPrototype: true, withMap: true, withTypedArray: true });
    fc.assert(
      fc.property(fc.constantFrom(...methods), anything, (method, params) => {
        expect(() => parseParams(method, params)).toThrow(UserError);
      }),
      { numRuns: 2000 },
    );
  });

  it('of a later hello get as far as the version check', () => {
    expect(parseParams('hello', { protocol: 9, client: 'x', extra: true })).toEqual({ protocol: 9, client: 'x' });
  });
});
