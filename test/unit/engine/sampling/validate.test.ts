/** Requests that are out of range, refused before any work. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/domain/errors';
import type { PipelineInfo } from '../../../../src/engine/sampling/info';
import type { PipelineRequest } from '../../../../src/engine/sampling/request';
import { NoiseSchedule } from '../../../../src/engine/sampling/schedule';
import { parseSchedulerConfig } from '../../../../src/engine/sampling/scheduler-config';
import { checkRequest, requestNotices } from '../../../../src/engine/sampling/validate';

const info: PipelineInfo = {
  isLcm: true,
  oneStep: false,
  guidanceEmbedded: true,
  fewSteps: false,
  scheduler: 'LCMScheduler',
  defaultSampler: 'lcm',
  defaultSize: { width: 64, height: 64 },
  sizeFactor: 8,
  latentChannels: 8,
  imageChannels: 4,
  promptTokens: 77,
  textLayers: 12,
  followsReferences: false,
  weightBytes: 1e6,
  memory: { unetWidth: 320, decoderWidth: 128, decoder: 'kl' },
};
const schedule = new NoiseSchedule(parseSchedulerConfig({}, 'scheduler_config.json'));
const good: PipelineRequest = {
  prompt: 'a fox',
  negativePrompt: '',
  seeds: [1, 2],
  steps: 4,
  guidance: 8,
  sampler: 'lcm',
  width: 64,
  height: 64,
};

function check(change: Partial<PipelineRequest>): () => void {
  return () => {
    checkRequest({ ...good, ...change }, { info, schedule });
  };
}

describe('checking a request', () => {
  it('accepts a usual one', () => {
    expect(check({})).not.toThrow();
  });

  it.each([
    ['zero', { width: 0 }, /width is 0; .* multiples of 8 .* nearest is 8/],
    ['negative', { height: -64 }, /height is -64/],
    ['not a multiple', { width: 100 }, /width is 100; .* nearest is 104/],
    ['not a number', { height: NaN }, /height is NaN/],
    ['fractional', { width: 64.5 }, /width is 64.5/],
  ])('refuses a size that is %s and names the nearest', (_, change, message) => {
    expect(check(change)).toThrow(message);
  });

  it('takes a clip skip that leaves a layer, and refuses more with the limit', () => {
    for (const clipSkip of [0, 1, 11]) expect(check({ clipSkip })).not.toThrow();
    for (const clipSkip of [12, -1, 0.5, NaN]) {
      expect(check({ clipSkip })).toThrow(/^clipSkip is .*; expected a whole number from 0 to 11: .* has 12 layers/);
    }
  });

  it('refuses an enormous size with the memory it would need', () => {
    expect(check({ width: 80_000, height: 80_000 })).toThrow(
      /80000×80000 pixels need about [\d.]+ GB of memory; this machine has [\d.]+ GB/,
    );
  });

  it.each([0, -1, 51, 2.5, NaN])('refuses %s steps and says how many the model allows', (steps) => {
    expect(check({ steps })).toThrow(/allows 1 to 50/);
  });

  it.each([[[]], [[-1]], [[0.5]], [[Number.MAX_SAFE_INTEGER + 1]], [new Array<number>(65).fill(1)]])(
    'refuses the seeds %j',
    (seeds) => {
      expect(check({ seeds })).toThrow(UserError);
    },
  );

  it.each([-1, NaN, Infinity, 101])('refuses guidance %s', (guidance) => {
    expect(check({ guidance })).toThrow(/guidance is .*expected a number from 0 to 100/);
  });

  it.each([0, -0.1, 1.1, NaN])('refuses strength %s', (strength) => {
    const image = { width: 64, height: 64, channels: 4 as const, data: new Uint8Array(64 * 64 * 4) };
    expect(check({ init: { image, strength } })).toThrow(/strength is/);
  });
});

describe('notices', () => {
  const facts = {
    windows: 1,
    negativeWindows: 1,
    windowTokens: 77,
    guidanceEmbedded: true,
    isLcm: true,
    oneStep: false,
    fewSteps: false,
    adapted: false,
  };

  it('say nothing about a usual request', () => {
    expect(requestNotices(good, facts)).toEqual([]);
  });

  it.each([
    ['red rocket <lora:house:0.8>', '"<lora:house:0.8>" in the prompt is a LoRA'],
    ['red++ rocket', '"red++" in the prompt is emphasis'],
    ['[red:blue:0.5] rocket', '"[red:blue:0.5]" in the prompt is a change of words'],
    ['{red|blue} rocket', '"{red|blue}" in the prompt is a choice'],
  ])('say what other programs would make of "%s"', (prompt, text) => {
    expect(requestNotices({ ...good, prompt }, facts)).toEqual([expect.stringContaining(text)]);
    expect(requestNotices({ ...good, negativePrompt: prompt }, { ...facts, guidanceEmbedded: false })).toContainEqual(
      expect.stringContaining(text.replace('the prompt', 'the negative prompt')),
    );
  });

  it.each([
    'a red rocket (toy)',
    '(red:1.3) rocket',
    '((red)) [rocket]',
    'sign: "10:30"',
    'a well-known, so-called rocket',
    'rocket [sic]',
  ])('say nothing about ordinary text: %s', (prompt) => {
    expect(requestNotices({ ...good, prompt }, facts)).toEqual([]);
  });

  it('name the fields of a scheduler that are not followed, where they would count', () => {
    const ignored = ['use_karras_sigmas = true', 'solver_order = 3'];
    const ordinary = { ...facts, isLcm: false, ignored };
    expect(requestNotices({ ...good, sampler: 'dpmsolver++', steps: 25 }, ordinary)).toEqual([
      expect.stringContaining('use_karras_sigmas = true, solver_order = 3'),
    ]);
    expect(requestNotices({ ...good, sampler: 'ddim', steps: 25 }, ordinary)).toEqual([]);
  });

  it('say that the end of a very long prompt is left out, and how much', () => {
    expect(requestNotices(good, { ...facts, windows: 16 })).toEqual([]);
    expect(requestNotices(good, { ...facts, windows: 32, negativeWindows: 17 })).toEqual([
      'The prompt is longer than 1200 tokens; its end, about 50 % of it, is left out.',
      'The negative prompt is longer than 1200 tokens; its end, about 6 % of it, is left out.',
    ]);
  });

  it('say when a negative prompt has no effect and why, and only then', () => {
    const negative = { ...good, negativePrompt: 'text' };
    expect(requestNotices(negative, facts)).toEqual([
      expect.stringContaining('no effect: this model has its guidance'),
    ]);
    const ordinary = { ...facts, guidanceEmbedded: false };
    expect(requestNotices({ ...negative, guidance: 2 }, ordinary)).toEqual([]);
    expect(requestNotices({ ...negative, guidance: 1 }, ordinary)).toEqual([
      expect.stringContaining('no effect: guidance is 1; it needs more than 1'),
    ]);
    expect(requestNotices({ ...good, negativePrompt: ' ' }, facts)).toEqual([]);
  });

  it('say what suits a consistency model without an embedding of guidance, which has an LCM-LoRA in it', () => {
    const merged = { ...facts, guidanceEmbedded: false };
    expect(requestNotices({ ...good, guidance: 2 }, merged)).toEqual([]);
    expect(requestNotices({ ...good, guidance: 8 }, merged)).toEqual([
      'Guidance 8 is much for this model, which has its own built in; 1 to 2 suits it.',
    ]);
  });

  it('do not tell a model that was distilled for few steps to take more', () => {
    const turbo = { ...facts, guidanceEmbedded: false, isLcm: false, fewSteps: true };
    const one = { ...good, sampler: 'euler' as const, steps: 1, guidance: 1 };
    expect(requestNotices(one, turbo)).toEqual([]);
    expect(requestNotices({ ...one, steps: 20, guidance: 7.5 }, turbo)).toEqual([
      expect.stringContaining('20 steps are more than this model needs'),
      expect.stringContaining('Guidance 7.5 does not suit this model'),
    ]);
  });

  it('warn of guidance beyond what models are trained with', () => {
    expect(requestNotices({ ...good, guidance: 30 }, facts)).toEqual([expect.stringContaining('Guidance 30')]);
  });

  it('warn of samplers and steps that do not suit a model that is no LCM', () => {
    const ordinary = { ...facts, isLcm: false };
    expect(requestNotices(good, ordinary)).toEqual([expect.stringContaining('not a latent consistency model')]);
    const few = { ...good, sampler: 'dpmsolver++' as const, steps: 5 };
    expect(requestNotices(few, ordinary)).toEqual([expect.stringContaining('5 steps are few')]);
    expect(requestNotices({ ...few, steps: 20 }, ordinary)).toEqual([]);
  });

  it('of a model distilled for one step say which steps and guidance suit it', () => {
    const oneStep = { ...facts, isLcm: false, oneStep: true, guidanceEmbedded: false };
    const suited = { ...good, sampler: 'dpmsolver++' as const, steps: 1, guidance: 1 };
    expect(requestNotices(suited, oneStep)).toEqual([]);
    expect(requestNotices({ ...suited, steps: 4, guidance: 5 }, oneStep)).toEqual([
      expect.stringContaining('4 steps are more than this model needs'),
      expect.stringContaining('Guidance 5 does not suit this model'),
    ]);
  });

  it('say what the LCM sampler needs on such a model while LoRAs are on top, and which guidance suits those', () => {
    const adapted = { ...facts, isLcm: false, guidanceEmbedded: false, adapted: true };
    expect(requestNotices({ ...good, guidance: 1.5 }, adapted)).toEqual([
      expect.stringContaining('needs an LCM-LoRA among the LoRAs'),
    ]);
    expect(requestNotices({ ...good, guidance: 7.5 }, adapted)).toEqual([
      expect.stringContaining('needs an LCM-LoRA'),
      expect.stringContaining('Guidance 7.5 is much for an LCM-LoRA'),
    ]);
  });
});
