import { describe, expect, it } from 'vitest';
import { unetDenoiser } from '../../../../src/engine/families/unet-denoiser';
import { parseUNetConfig } from '../../../../src/engine/networks/unet-config';
import { float32 } from '../../../../src/engine/tensors/tensor';
import type { TimePair } from '../../../../src/engine/training/consistency';
import { DrawSource } from '../../../../src/engine/training/draw';
import { trainingSettings, type TrainingSettings } from '../../../../src/engine/training/settings';

const PAIRS: readonly TimePair[] = Array.from({ length: 50 }, (_, i) => ({ start: 20 * i + 19, end: 20 * i }));
/** Example i is made of the number i. */
const EXAMPLES = Array.from({ length: 7 }, (_, i) => ({
  latents: float32([i, i], [1, 1, 1, 2]),
  conditioning: { context: float32([i], [1, 1, 1]) },
}));
const DENOISER = unetDenoiser(parseUNetConfig({ time_cond_proj_dim: 4 }, 'guided'), 'unet');

function source(asked: Partial<TrainingSettings> = {}): DrawSource {
  const settings = trainingSettings({ batchSize: 3, accumulation: 2, omega: [1, 3], seed: 5, ...asked });
  return new DrawSource(EXAMPLES, () => PAIRS, DENOISER, settings);
}

describe('the draws of a training', () => {
  it('use every example once an epoch, in another order each time', () => {
    const draws = source({ batchSize: 7, accumulation: 1 });
    const orders = [0, 1, 2].map((step) => [...draws.ofStep(step)[0]!.conditioning['context']!.data]);
    for (const order of orders) expect([...order].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(new Set(orders.map(String)).size).toBe(3);
  });

  it('are a function of the step alone, whatever was drawn before', () => {
    const walked = source();
    for (let step = 0; step < 9; step++) walked.ofStep(step);
    expect(source().ofStep(9)).toEqual(walked.ofStep(9));
    expect(walked.ofStep(2)).toEqual(source().ofStep(2));
  });

  it('are the same in accumulated batches as in one of their size', () => {
    const parts = source().ofStep(4);
    const [whole] = source({ batchSize: 6, accumulation: 1 }).ofStep(4);
    expect(parts.flatMap(({ pairs }) => pairs)).toEqual(whole!.pairs);
    expect(parts.flatMap(({ noise }) => [...noise])).toEqual([...whole!.noise]);
    expect(parts.flatMap(({ latents }) => [...latents.data])).toEqual([...whole!.latents.data]);
    expect(parts.flatMap(({ conditioning }) => [...conditioning['guidance']!.data])).toEqual([
      ...whole!.conditioning['guidance']!.data,
    ]);
  });

  it('have the guidance in its range and reach all time points', () => {
    const draws = source();
    const all = Array.from({ length: 200 }, (_, step) => draws.ofStep(step)).flat();
    const omegas = all.flatMap((draw) => draw.omegas);
    expect(Math.min(...omegas)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...omegas)).toBeLessThan(3);
    expect(Math.max(...omegas) - Math.min(...omegas)).toBeGreaterThan(1.9);
    expect(new Set(all.flatMap(({ pairs }) => pairs.map(({ start }) => start))).size).toBe(50);
  });

  it('have noise of their own for every item, and for every seed', () => {
    const first = (step: number, seed: number): number => source({ seed }).ofStep(step)[0]!.noise[0]!;
    const noises = [first(0, 1), first(1, 1), first(2, 1), first(0, 2), first(1, 2)];
    expect(new Set(noises).size).toBe(5);
  });
});
