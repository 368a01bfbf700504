/** The built-in model end to end: against a committed picture, against itself, and under awkward requests. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPipeline } from '../../../../src/engine/sampling/load';
import type { Pipeline } from '../../../../src/engine/sampling/pipeline';
import type { PipelineRequest } from '../../../../src/engine/sampling/request';
import { BUILT_IN_MODEL } from '../../../support/built-in-model';

/** Red, green, blue and alpha of a 4×4 grid of block means of one picture: rewritten with UPDATE_GOLDEN=1. */
const FIXTURE = path.resolve(__dirname, '../../../fixtures/built-in-star.json');
/** Other processors sum in another order; the means of 256 pixels move by far less than one level. */
const MEAN_TOLERANCE = 1;

const request: PipelineRequest = {
  prompt: 'blue line icon of a star',
  negativePrompt: '',
  seeds: [11],
  steps: 4,
  guidance: 3,
  sampler: 'lcm',
  width: 64,
  height: 64,
};

let pipeline: Pipeline;
let cacheFolder: string;

beforeAll(async () => {
  cacheFolder = await mkdtemp(path.join(os.tmpdir(), 'fourstep-built-in-'));
  pipeline = await loadPipeline(BUILT_IN_MODEL, { device: 'cpu', cacheFolder });
});
afterAll(async () => {
  await pipeline.release();
  await rm(cacheFolder, { recursive: true, force: true });
});

function blockMeans(data: Uint8Array): number[] {
  const sums = new Array<number>(64).fill(0);
  data.forEach((value, i) => {
    const pixel = Math.floor(i / 4);
    const block = Math.floor(pixel / 64 / 16) * 4 + Math.floor((pixel % 64) / 16);
    sums[block * 4 + (i % 4)]! += value / 256;
  });
  return sums.map((sum) => Math.round(sum * 100) / 100);
}

describe('the built-in model', () => {
  it('makes the picture it has always made', async () => {
    const { images } = await pipeline.generate(request);
    const means = blockMeans(images[0]!.data);
    if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(FIXTURE, `${JSON.stringify(means)}\n`);
    expect(means).toBeAllclose(JSON.parse(await readFile(FIXTURE, 'utf8')) as number[], MEAN_TOLERANCE);
  });

  it('makes RGBA pictures with both empty and full pixels', async () => {
    const { images } = await pipeline.generate(request);
    expect(images[0]).toMatchObject({ width: 64, height: 64, channels: 4 });
    const alpha = images[0]!.data.filter((_, i) => i % 4 === 3);
    expect(Math.min(...alpha)).toBe(0);
    expect(Math.max(...alpha)).toBe(255);
  });

  it('makes the same bytes alone, among others and a second time', async () => {
    const together = await pipeline.generate({ ...request, seeds: [10, 11, 12] });
    const alone = await pipeline.generate(request);
    expect(together.images[1]!.data).toEqual(alone.images[0]!.data);
    expect(together.images[0]!.data).not.toEqual(together.images[1]!.data);
  });

  it('offers a preview of every variant after every step, and the last is close to the result', async () => {
    const previews: Uint8Array[][] = [];
    const { images } = await pipeline.generate(
      { ...request, seeds: [1, 2] },
      {
        onStep: async (step) => {
          previews.push((await step.preview()).map(({ data }) => data));
        },
      },
    );
    expect(previews).toHaveLength(4);
    expect(previews[3]).toEqual(images.map(({ data }) => data));
    expect(previews[0]).not.toEqual(previews[3]);
  });

  it('stops before the next step when it is cancelled', async () => {
    const abort = new AbortController();
    const steps: number[] = [];
    const run = pipeline.generate(request, {
      signal: abort.signal,
      onStep: ({ step }) => {
        steps.push(step);
        if (step === 2) abort.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
    expect(steps).toEqual([1, 2]);
  });

  it('starts from a picture, and stays nearer to it with less strength', async () => {
    const [image] = (await pipeline.generate(request)).images;
    const distance = async (strength: number): Promise<number> => {
      const { images } = await pipeline.generate({
        ...request,
        prompt: 'red apple, flat emoji',
        init: { image: image!, strength },
      });
      return images[0]!.data.reduce((sum, value, i) => sum + Math.abs(value - image!.data[i]!), 0);
    };
    expect(await distance(0.2)).toBeLessThan(await distance(1));
  });

  it.each([1, 2, 8])('runs with %i steps', async (steps) => {
    const { images } = await pipeline.generate({ ...request, steps });
    expect(images).toHaveLength(1);
  });

  it('makes other sizes, odd latents included', async () => {
    const { images } = await pipeline.generate({ ...request, width: 72, height: 104 });
    expect(images[0]).toMatchObject({ width: 72, height: 104 });
  });

  it.each([
    ['empty', ''],
    ['emoji', '🚀🦊👩‍👩‍👧'],
    ['control characters', 'a\u0000b\u0007\u001b[31m'],
    ['right to left', 'תפוח אדום תפוח'],
    ['a lone surrogate', 'star \ud800'],
  ])('takes a prompt that is %s', async (_, prompt) => {
    const { images } = await pipeline.generate({ ...request, prompt, steps: 1 });
    expect(images).toHaveLength(1);
  });

  it('says what it left out of a prompt of 100 KB', async () => {
    const { notices } = await pipeline.generate({ ...request, prompt: 'star '.repeat(20_000), steps: 1 });
    expect(notices[0]).toMatch(/^The prompt is longer than 480 tokens; its end, about 9\d % of it, is left out\.$/);
  });

  it('runs DDIM and DPM-Solver++ for comparison', async () => {
    for (const sampler of ['ddim', 'dpmsolver++'] as const) {
      const { images } = await pipeline.generate({ ...request, sampler, steps: 8 });
      expect(images).toHaveLength(1);
    }
  });
});
