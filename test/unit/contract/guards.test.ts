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
    ['jobId', '../x', 'generate.jobId: expected 1 to 64 letters, digits, "-" or "_"'],
    ['modelPath', 'relative/path', 'generate.modelPath: expected an absolute path'],
    ['outputDir', '/a\0b', 'generate.outputDir: expected an absolute path'],
    ['seed', 1.5, 'generate.seed: '],
    ['device', 'tpu', 'generate.device: '],
    ['format', undefined, 'generate.format: '],
    ['prompt', 'x'.repeat(1_000_001), 'generate.prompt: '],
    ['init', { path: '/a.png' }, 'generate.init.strength: '],
    ['loras', [{ path: 'house', weight: 1, name: 'house' }], 'generate.loras.0.path: expected an absolute path'],
    ['surprise', 1, 'generate.surprise: '],
  ])('are refused with the field and the reason: %s', (field, value, message) => {
    expect(() => parseParams('generate', { ...generate, [field]: value })).toThrow(message);
  });

  it('are refused, never let through or crashed on, whatever they are', () => {
    const methods: WorkerMethod[] = ['hello', 'devices', 'generate', 'encode', 'inspect', 'recipe', 'rebuild'];
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
