/** UNets with fewer blocks (BK-SDM, tiny-sd, SDXS, SSD-1B, Vega) against diffusers: every one of the second golden set. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openWeights } from '../../../../src/engine/checkpoints/safetensors';
import type { GraphForm } from '../../../../src/engine/graph/graph';
import { timestepSinusoid } from '../../../../src/engine/networks/embeddings';
import type { Taps } from '../../../../src/engine/networks/module';
import { addedCondition } from '../../../../src/engine/networks/added-condition';
import { buildUNet } from '../../../../src/engine/networks/unet';
import { parseUNetConfig, type UNetConfig } from '../../../../src/engine/networks/unet-config';
import { createSession } from '../../../../src/engine/runtime/session';
import { float32, type Tensor } from '../../../../src/engine/tensors/tensor';
import { golden2, type GoldenTensors } from '../../../support/golden';
import { expectTapsToMatch } from '../../../support/tapped';

const FORMS: readonly GraphForm[] = [
  { differentiable: false, provider: 'cpu' },
  { differentiable: true, provider: 'cpu' },
  { differentiable: true, provider: 'webgpu', backward: 'small' },
];

const folders = golden2.files(/^compressed\/[^/]+\/io\.safetensors$/).map((file) => path.posix.dirname(file));
const configOf = (folder: string): unknown => golden2.json(`${folder}/config.json`);

function feedsAt(config: UNetConfig, io: GoldenTensors, timestep: number): Record<string, Tensor> {
  const sample = io.float('sample');
  const [batch = 1] = sample.shape;
  const width = config.blockOutChannels[0] ?? 0;
  const timesteps = new Array<number>(batch).fill(timestep);
  return {
    sample,
    timestep_sinusoid: float32(timestepSinusoid(timesteps, width, config), [batch, width]),
    encoder_hidden_states: io.float('encoder_hidden_states'),
    ...(io.has('timestep_cond') ? { timestep_cond: io.float('timestep_cond') } : {}),
    ...(config.addition === undefined
      ? {}
      : { added_cond: addedCondition(config, io.float('text_embeds'), io.float('time_ids')) }),
  };
}

describe.skipIf(!golden2.isPresent)('compressed UNets (FOURSTEP_GOLDEN2)', () => {
  it('are there, some without a middle', () => {
    const configs = folders.map((folder) => parseUNetConfig(configOf(folder), folder));
    expect(new Set(configs.map(({ middle }) => middle))).toEqual(new Set(['attention', 'resnet', 'none']));
  });

  describe.each(folders)('%s', (folder) => {
    const config = parseUNetConfig(configOf(folder), folder);
    const weights = openWeights(golden2.path(`${folder}/diffusion_pytorch_model.safetensors`));

    it.each(FORMS)('gives every output in the form %o', async (form) => {
      const io = await golden2.tensors(`${folder}/io.safetensors`);
      const outputs = io.names.filter((name) => /^out_t\d+$/.test(name));
      expect(outputs).not.toEqual([]);
      const session = await createSession(buildUNet(config, await weights, { form }), {
        device: 'cpu',
        profile: 'mapped',
      });
      for (const output of outputs) {
        const { out_sample: out } = await session.run(feedsAt(config, io, Number(output.slice('out_t'.length))));
        const expected = io.float(output);
        expect(out?.shape, output).toEqual(expected.shape);
        expect(out?.data as Float32Array, output).toBeAllclose(expected.data, io.tolerance(output));
      }
      await session.release();
    });

    it('gives the outputs of every block on the way', async () => {
      const file = `${folder}/io.safetensors`;
      const io = await golden2.tensors(file);
      // The set says in words at which time point the blocks were read.
      const timestep = Number(/at t=(\d+)/.exec(golden2.about(file))?.[1]);
      const taps: Taps = new Map();
      const graph = buildUNet(config, await weights, { taps });
      const prefixed = new Map([...taps].map(([name, value]) => [`mid.${name}`, value]));
      await expectTapsToMatch({ graph, taps: prefixed, prefix: 'mid.' }, io, feedsAt(config, io, timestep));
    });
  });
});
