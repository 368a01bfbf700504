/** UNet2DConditionModel against diffusers: every set that has `<name>_io.safetensors` with a UNet beside it. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { timestepSinusoid } from '../../../../src/engine/networks/embeddings';
import { buildUNet } from '../../../../src/engine/networks/unet';
import { parseUNetConfig, type UNetConfig } from '../../../../src/engine/networks/unet-config';
import type { GraphForm } from '../../../../src/engine/graph/graph';
import type { Taps } from '../../../../src/engine/networks/module';
import { createSession, type Session } from '../../../../src/engine/runtime/session';
import { openWeights } from '../../../../src/engine/checkpoints/safetensors';
import { float32, type Tensor } from '../../../../src/engine/tensors/tensor';
import type { WeightSource } from '../../../../src/engine/checkpoints/weight-source';
import { GoldenTensors, goldenFiles, goldenJson, goldenPath, hasGolden, rows } from '../../../support/golden';
import { expectTapsToMatch } from '../../../support/tapped';

const FORMS: readonly GraphForm[] = [
  { differentiable: false, provider: 'cpu' },
  { differentiable: true, provider: 'cpu' },
];

/** unet_a keeps its weights with the pipeline; the others beside their tensors. */
function modelFolder(ioFile: string): string {
  const folder = path.posix.dirname(ioFile);
  return goldenFiles(/config\.json$/).includes(`${folder}/config.json`) ? folder : 'pipeline/unet';
}

interface Case {
  readonly output: string;
  readonly sample: Tensor<'float32'>;
  readonly timesteps: readonly number[];
  readonly batch: number;
}

function casesOf(io: GoldenTensors): Case[] {
  const sample = io.float('sample');
  const batch = sample.shape[0] ?? 1;
  return io.names.flatMap((output): Case[] => {
    const sized = /^out_(\d+x\d+)_t(\d+)$/.exec(output);
    const timed = /^out_t(\d+)$/.exec(output);
    if (sized)
      return [{ output, sample: io.float(`sample_${sized[1] ?? ''}`), timesteps: [Number(sized[2])], batch: 1 }];
    if (timed) return [{ output, sample, timesteps: new Array<number>(batch).fill(Number(timed[1])), batch }];
    if (output === 'out_mixed') return [{ output, sample, timesteps: io.integers('mixed_timesteps'), batch }];
    if (output === 'out_b1') return [{ output, sample: rows(sample, 0, 1), timesteps: [499], batch: 1 }];
    return [];
  });
}

describe.skipIf(!hasGolden)('golden UNets (FOURSTEP_GOLDEN)', () => {
  for (const ioFile of goldenFiles(/^unet[^/]*\/unet[^/]*_io\.safetensors$/)) {
    describe.each(FORMS)(`${ioFile}, differentiable $differentiable`, (form) => {
      let io: GoldenTensors;
      let config: UNetConfig;
      let weights: WeightSource;
      let session: Session;

      beforeAll(async () => {
        io = await GoldenTensors.read(ioFile);
        const folder = modelFolder(ioFile);
        config = parseUNetConfig(goldenJson(`${folder}/config.json`), folder);
        weights = await openWeights(goldenPath(`${folder}/diffusion_pytorch_model.safetensors`));
        session = await createSession(buildUNet(config, weights, { form }), { device: 'cpu', profile: 'mapped' });
      });
      afterAll(() => session.release());

      const feeds = ({ sample, timesteps, batch }: Case): Record<string, Tensor> => {
        const width = config.blockOutChannels[0] ?? 0;
        return {
          sample,
          timestep_sinusoid: float32(timestepSinusoid(timesteps, width, config), [batch, width]),
          encoder_hidden_states: rows(io.float('encoder_hidden_states'), 0, batch),
          ...(io.has('timestep_cond') ? { timestep_cond: rows(io.float('timestep_cond'), 0, batch) } : {}),
        };
      };

      it('matches every output within its tolerance', async () => {
        const cases = casesOf(io);
        expect(cases.length).toBeGreaterThan(3);
        for (const one of cases) {
          const { out_sample: out } = await session.run(feeds(one));
          const expected = io.float(one.output);
          expect(out?.shape, one.output).toEqual(expected.shape);
          expect(out?.data as Float32Array, one.output).toBeAllclose(expected.data, io.tolerance(one.output));
        }
      });

      it('matches the intermediate outputs of the modules it names', async () => {
        const mid = await GoldenTensors.read(ioFile.replace('_io', '_mid'));
        const taps: Taps = new Map();
        const graph = buildUNet(config, weights, { form, taps });
        const first: Case = { output: 'out_b1', sample: rows(io.float('sample'), 0, 1), timesteps: [499], batch: 1 };
        await expectTapsToMatch({ graph, taps }, mid, feeds(first));
      });
    });
  }
});
