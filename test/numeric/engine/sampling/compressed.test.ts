/** A model folder whose UNet has no block in the middle, as BK-SDM small and tiny, tiny-sd and SDXS have it: drawn with and adapted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DiffusionModel } from '../../../../src/engine/sampling/diffusion-model';
import { openModel } from '../../../../src/engine/families/open-model';
import { loadModel } from '../../../../src/engine/sampling/load';
import type { PipelineRequest } from '../../../../src/engine/sampling/request';
import { writeCompressedModel, writeModelLora, writeOrdinaryModel } from '../../../support/ordinary-model';
import { temporaryFolder } from '../../../support/worker-harness';

const REQUEST: PipelineRequest = {
  prompt: 'a red house',
  negativePrompt: 'blue',
  seeds: [1],
  steps: 3,
  guidance: 5,
  sampler: 'dpmsolver++',
  width: 64,
  height: 64,
};

describe('a compressed model', () => {
  let folder: string;
  let model: DiffusionModel;
  beforeAll(async () => {
    folder = await writeCompressedModel(temporaryFolder());
    model = await loadModel(await openModel(folder), { device: 'cpu', cacheFolder: temporaryFolder() });
  });
  afterAll(() => model.release());

  const draw = async (loras: Parameters<DiffusionModel['withLoras']>[0]): Promise<Uint8Array> => {
    const { images } = await model.withLoras(loras).generate(REQUEST);
    return Uint8Array.from(images[0]!.data);
  };

  it('draws a picture, also of an odd latent size', async () => {
    const { images } = await model.pipeline.generate({ ...REQUEST, width: 72, height: 88 });
    expect(images).toMatchObject([{ width: 72, height: 88 }]);
  });

  it('takes a LoRA', async () => {
    const lora = await model.readLora(await writeModelLora(folder, 'all.safetensors', /^(down|up)_blocks/, 1));
    const plain = await draw([]);
    expect(await draw([{ lora, weight: 1 }])).not.toEqual(plain);
    expect(await draw([])).toEqual(plain);
  });

  it('refuses a LoRA with layers in the middle, which it has not', async () => {
    const whole = await writeOrdinaryModel(temporaryFolder());
    const lora = await writeModelLora(whole, 'middle.safetensors', /^mid_block/, 1);
    await expect(model.readLora(lora)).rejects.toThrow('does not fit this model');
  });
});
