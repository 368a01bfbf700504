/** Last layers of the text encoder left out: another graph, and so another picture. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../../../../src/engine/families/open-model';
import type { DiffusionModel } from '../../../../src/engine/sampling/diffusion-model';
import { loadModel } from '../../../../src/engine/sampling/load';
import type { PipelineRequest } from '../../../../src/engine/sampling/request';
import { writeModelLora } from '../../../support/ordinary-model';
import { writeTinyModel } from '../../../support/tiny-pipeline';
import { temporaryFolder } from '../../../support/worker-harness';

const REQUEST: PipelineRequest = {
  prompt: 'a red house',
  negativePrompt: '',
  seeds: [1],
  steps: 2,
  guidance: 3,
  sampler: 'lcm',
  width: 64,
  height: 64,
};

describe('a model with clip skip', () => {
  let folder: string;
  let model: DiffusionModel;
  beforeAll(async () => {
    folder = await writeTinyModel(temporaryFolder());
    model = await loadModel(await openModel(folder), { device: 'cpu', cacheFolder: temporaryFolder() });
  });
  afterAll(() => model.release());

  const draw = async (change: Partial<PipelineRequest>, pipeline = model.pipeline): Promise<Uint8Array> => {
    const { images } = await pipeline.generate({ ...REQUEST, ...change });
    return Uint8Array.from(images[0]!.data);
  };

  it('draws another picture, the same one every time, and leaves the whole encoder as it was', async () => {
    const whole = await draw({});
    const skipped = await draw({ clipSkip: 1 });
    expect(skipped).not.toEqual(whole);
    expect(await draw({ clipSkip: 0 })).toEqual(whole);
    expect(await draw({ clipSkip: 1 })).toEqual(skipped);
  });

  it('goes together with LoRAs, also with those on the layers that are left out', async () => {
    const last = model.pipeline.info.textLayers - 1;
    const all = await model.readLora(await writeModelLora(folder, 'all.safetensors', /^text_model/, 3));
    const onLast = await model.readLora(
      await writeModelLora(folder, 'last.safetensors', new RegExp(`^text_model.encoder.layers.${last}`), 4),
    );
    const skipped = await draw({ clipSkip: 1 });
    expect(await draw({ clipSkip: 1 }, model.withLoras([{ lora: all, weight: 1 }]))).not.toEqual(skipped);
    expect(await draw({ clipSkip: 1 }, model.withLoras([{ lora: onLast, weight: 1 }]))).toEqual(skipped);
  });

  it('refuses to leave out every layer, and says how many there are', async () => {
    const { textLayers } = model.pipeline.info;
    await expect(draw({ clipSkip: textLayers })).rejects.toThrow(
      `clipSkip is ${textLayers}; expected a whole number from 0 to ${textLayers - 1}: this model's text encoder has ${textLayers} layers.`,
    );
  });
});
