/** Both autoencoders against diffusers. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Taps } from '../../../../src/engine/networks/module';
import { buildTinyDecoder, buildTinyEncoder } from '../../../../src/engine/networks/taesd';
import { parseAutoencoderTinyConfig } from '../../../../src/engine/networks/taesd-config';
import { buildVaeDecoder, buildVaeEncoder } from '../../../../src/engine/networks/vae';
import { parseAutoencoderKLConfig } from '../../../../src/engine/networks/vae-config';
import type { Graph } from '../../../../src/engine/graph/graph';
import { createSession } from '../../../../src/engine/runtime/session';
import { openWeights } from '../../../../src/engine/checkpoints/safetensors';
import type { Tensor } from '../../../../src/engine/tensors/tensor';
import { GoldenTensors, goldenFiles, goldenJson, goldenPath, hasGolden, rows } from '../../../support/golden';
import { expectTapsToMatch } from '../../../support/tapped';

const WEIGHTS = 'diffusion_pytorch_model.safetensors';

async function run(graph: Graph, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const session = await createSession(graph, { device: 'cpu', profile: 'mapped' });
  const found = await session.run(feeds);
  await session.release();
  return found;
}

function expectMatch(found: Record<string, Tensor>, output: string, io: GoldenTensors, name = output): void {
  expect(found[output]?.shape, name).toEqual(io.float(name).shape);
  expect(found[output]?.data as Float32Array, name).toBeAllclose(io.float(name).data, io.tolerance(name));
}

/** `vae` describes the pipeline's autoencoder, once with today's and once with the old key names; others bring their own. */
function modelFolders(ioFile: string): string[] {
  const folder = path.posix.dirname(ioFile);
  const own = goldenFiles(/config\.json$/)
    .map((file) => path.posix.dirname(file))
    .filter((candidate) => candidate === folder || candidate.startsWith(`${folder}/`));
  return own.includes(folder) ? own : [...own, 'pipeline/vae'];
}

const FORMS = [false, true].map((differentiable) => ({ differentiable, provider: 'cpu' as const }));

describe.skipIf(!hasGolden)('golden AutoencoderKL (FOURSTEP_GOLDEN)', () => {
  for (const ioFile of goldenFiles(/^vae[^/]*\/vae[^/]*_io\.safetensors$/)) {
    for (const folder of modelFolders(ioFile)) {
      describe.each(FORMS)(`${ioFile} with the weights of ${folder}, differentiable $differentiable`, (form) => {
        const config = () => parseAutoencoderKLConfig(goldenJson(`${folder}/config.json`), folder);
        const weights = () => openWeights(goldenPath(`${folder}/${WEIGHTS}`));

        it('decodes', async () => {
          const io = await GoldenTensors.read(ioFile);
          const graph = buildVaeDecoder(config(), await weights(), { form });
          expectMatch(await run(graph, { latents: io.float('z') }), 'sample', io, 'decoded');
        });

        it('encodes to mean and clamped log-variance', async () => {
          const io = await GoldenTensors.read(ioFile);
          const found = await run(buildVaeEncoder(config(), await weights(), { form }), { sample: io.float('x') });
          expectMatch(found, 'mean', io);
          expectMatch(found, 'logvar', io);
        });

        it('matches the intermediate outputs', async () => {
          const [io, mid] = [await GoldenTensors.read(ioFile), await GoldenTensors.read(ioFile.replace('_io', '_mid'))];
          const decoderTaps: Taps = new Map();
          const encoderTaps: Taps = new Map();
          const decoder = buildVaeDecoder(config(), await weights(), { form, taps: decoderTaps });
          const encoder = buildVaeEncoder(config(), await weights(), { form, taps: encoderTaps });
          await expectTapsToMatch({ graph: decoder, taps: decoderTaps, prefix: 'decoder.' }, mid, {
            latents: rows(io.float('z'), 0, 1),
          });
          await expectTapsToMatch({ graph: encoder, taps: encoderTaps, prefix: 'encoder.' }, mid, {
            sample: rows(io.float('x'), 0, 1),
          });
        });
      });
    }
  }
});

describe.skipIf(!hasGolden)('golden AutoencoderTiny (FOURSTEP_GOLDEN)', () => {
  for (const ioFile of goldenFiles(/^taesd[^/]*\/taesd[^/]*_io\.safetensors$/)) {
    it.each(FORMS)(`${ioFile} decodes and encodes, differentiable $differentiable`, async (form) => {
      const folder = path.posix.dirname(ioFile);
      const config = parseAutoencoderTinyConfig(goldenJson(`${folder}/config.json`), folder);
      const weights = await openWeights(goldenPath(`${folder}/${WEIGHTS}`));
      const io = await GoldenTensors.read(ioFile);
      expectMatch(
        await run(buildTinyDecoder(config, weights, { form }), { latents: io.float('z') }),
        'sample',
        io,
        'decoded',
      );
      expectMatch(
        await run(buildTinyEncoder(config, weights, { form }), { sample: io.float('x') }),
        'latents',
        io,
        'encoded',
      );
    });
  }
});
