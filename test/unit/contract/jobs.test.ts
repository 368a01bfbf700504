import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/domain/errors';
import { declared, jobFiles, JOBS, parseJob, type JobKind } from '../../../src/contract/jobs';

const generate = {
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
  outputDir: 'file:///C:/out',
  format: 'png',
  metadata: true,
  previews: false,
};

describe('parameters that arrive at the worker', () => {
  it('pass when they fit', () => {
    expect(parseJob('generate', generate)).toEqual({ kind: 'generate', class: 'interactive', params: generate });
    const loras = [{ path: 'file:///styles/house/lora.safetensors', weight: 0.8, name: 'house' }];
    const init = { path: 'file:///a.png', strength: 0.5 };
    const full = { ...generate, sampler: 'ddim', width: 64, height: 64, init, loras };
    expect(parseJob('generate', full).params).toEqual(full);
  });

  it.each([
    ['jobId', '../x', 'generate.jobId is "../x"; expected 1 to 64 letters, digits, "-" or "_"'],
    ['modelPath', 'relative/path', 'generate.modelPath is "relative/path"; expected an absolute path'],
    ['outputDir', '/out', 'generate.outputDir is "/out"; expected an artifact handle'],
    ['modelPath', '/a\0b', '; expected an absolute path'],
    ['seed', 1.5, 'generate.seed is 1.5; expected a whole number of at least 0'],
    ['device', 'tpu', 'generate.device is "tpu"; expected one of auto, cpu'],
    ['format', undefined, 'generate.format is missing'],
    ['prompt', 'x'.repeat(1_000_001), 'generate.prompt: '],
    ['init', { path: 'file:///a.png' }, 'generate.init.strength is missing'],
    ['guidance', 101, 'generate.guidance is 101; expected a number from 0 to 100'],
    [
      'loras',
      [{ path: 'house', weight: 1, name: 'house' }],
      'generate.loras.0.path is "house"; expected an artifact handle',
    ],
    ['surprise', 1, 'generate.surprise is not known here'],
  ])('are refused with the field and the reason: %s', (field, value, message) => {
    expect(() => parseJob('generate', { ...generate, [field]: value })).toThrow(message);
  });

  it('are refused, never let through or crashed on, whatever they are', () => {
    const methods: JobKind[] = ['hello', 'devices', 'generate', 'inspect', 'recipe', 'rebuild'];
    const anything = fc.anything({ withBigInt: true, withNullPrototype: true, withMap: true, withTypedArray: true });
    fc.assert(
      fc.property(fc.constantFrom(...methods), anything, (method, params) => {
        expect(() => parseJob(method, params)).toThrow(UserError);
      }),
      { numRuns: 2000 },
    );
  });

  it('of a later hello get as far as the version check', () => {
    expect(parseJob('hello', { protocol: 9, client: 'x', extra: true }).params).toEqual({ protocol: 9, client: 'x' });
  });
});

describe('the table of jobs', () => {
  it('says of every kind how a queue treats it', () => {
    const classes = Object.fromEntries(Object.entries(JOBS).map(([kind, job]) => [kind, job.class]));
    expect(classes).toEqual({
      hello: 'control',
      ping: 'control',
      modelsList: 'aside',
      modelsSearch: 'aside',
      modelPlan: 'aside',
      modelInstall: 'aside',
      modelImport: 'aside',
      modelVerify: 'aside',
      modelRemove: 'aside',
      modelsClean: 'aside',
      devices: 'interactive',
      generate: 'interactive',
      rebuild: 'interactive',
      inspect: 'aside',
      recipe: 'aside',
      exportLora: 'aside',
      scanIcons: 'aside',
      tunePlan: 'interactive',
      tune: 'training',
      tuneControl: 'control',
      tuneStatus: 'aside',
    });
  });

  it('makes jobs that survive being written down: they are JSON', () => {
    const job = parseJob('generate', generate);
    const { kind, params } = JSON.parse(JSON.stringify(job)) as typeof job;
    expect(parseJob(kind, params)).toEqual(job);
  });

  it('knows the files of the kinds that leave some, and of no other, whatever their parameters are called', () => {
    const local = { ...generate, outputDir: '/out' } as Parameters<typeof jobFiles<'generate'>>[1];
    expect(jobFiles('generate', local)).toEqual({ jobId: 'job-1', folder: '/out' });
    const impostor = { ...local, path: '/a.png' } as unknown as Parameters<typeof jobFiles<'recipe'>>[1];
    expect(jobFiles('recipe', impostor)).toBeUndefined();
    expect(declared('tune').output).toBeUndefined();
  });

  it('refuses a kind that is none, also one that every object has', () => {
    for (const kind of ['paint', 'toString', '__proto__'] as unknown as JobKind[]) {
      expect(() => parseJob(kind, {})).toThrow(`There is no job of the kind "${kind}"`);
    }
  });
});
