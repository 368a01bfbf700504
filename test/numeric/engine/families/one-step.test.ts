/** Which model folders are taken for models that draw in one step: told by their UNet's build alone. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openModel } from '../../../../src/engine/families/open-model';
import { writeCompressedModel } from '../../../support/ordinary-model';
import { temporaryFolder } from '../../../support/worker-harness';

const WITHOUT_ATTENTION_AT_FULL_SIZE = {
  down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'],
  up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'],
};

it.each([
  ['SDXS: neither a middle block nor attention at the full latent size', WITHOUT_ATTENTION_AT_FULL_SIZE, true],
  [
    'BK-SDM small and tiny, tiny-sd: attention at the full latent size',
    { down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'], up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'] },
    false,
  ],
  [
    'a model with a middle block',
    { ...WITHOUT_ATTENTION_AT_FULL_SIZE, mid_block_type: 'UNetMidBlock2DCrossAttn' },
    false,
  ],
])('%s', async (_what, changes, expected) => {
  const folder = await writeCompressedModel(temporaryFolder());
  const file = path.join(folder, 'unet/config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as { readonly down_block_types: readonly string[] };
  expect(config.down_block_types).toHaveLength(2);
  writeFileSync(file, JSON.stringify({ ...config, ...changes }));
  const model = await openModel(folder);
  expect(model.family.design(model).oneStep).toBe(expected);
});
