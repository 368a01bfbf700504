/** CLIPTextModel against transformers: every `clip*_io.safetensors`. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildClipText, type ClipBuildOptions } from '../../../../src/engine/networks/clip';
import { parseClipTextConfig } from '../../../../src/engine/networks/clip-config';
import type { Taps } from '../../../../src/engine/networks/module';
import { createSession } from '../../../../src/engine/runtime/session';
import { openWeights } from '../../../../src/engine/checkpoints/safetensors';
import type { Tensor } from '../../../../src/engine/tensors/tensor';
import { GoldenTensors, goldenFiles, goldenJson, goldenPath, hasGolden } from '../../../support/golden';
import { expectTapsToMatch } from '../../../support/tapped';

/** The set `clip` describes the pipeline's text encoder; others bring their own weights. */
function modelFolder(ioFile: string): string {
  const folder = path.posix.dirname(ioFile);
  return goldenFiles(/config\.json$/).includes(`${folder}/config.json`) ? folder : 'pipeline/text_encoder';
}

describe.skipIf(!hasGolden)('golden text encoders (FOURSTEP_GOLDEN)', () => {
  for (const ioFile of goldenFiles(/^clip[^/]*\/clip[^/]*_io\.safetensors$/)) {
    describe.each([false, true])(`${ioFile}, differentiable %s`, (differentiable) => {
      const form = { differentiable, provider: 'cpu' as const };

      async function setUp(options: ClipBuildOptions) {
        const folder = modelFolder(ioFile);
        const config = parseClipTextConfig(goldenJson(`${folder}/config.json`), folder);
        const weights = await openWeights(goldenPath(`${folder}/model.safetensors`));
        const io = await GoldenTensors.read(ioFile);
        return { io, graph: buildClipText(config, weights, { form, ...options }) };
      }

      async function outputsOf(
        options: ClipBuildOptions,
      ): Promise<{ io: GoldenTensors; found: Record<string, Tensor> }> {
        const { io, graph } = await setUp(options);
        const session = await createSession(graph, { device: 'cpu', profile: 'mapped' });
        const found = await session.run({ input_ids: io.tensor('input_ids') });
        await session.release();
        return { io, found };
      }

      it('matches the last hidden state and the pooled output', async () => {
        const { io, found } = await outputsOf({ pooled: 'plain' });
        for (const name of ['last_hidden_state', 'pooler_output']) {
          expect(found[name]?.shape).toEqual(io.float(name).shape);
          expect(found[name]?.data as Float32Array, name).toBeAllclose(io.float(name).data, io.tolerance(name));
        }
      });

      it('matches with the last layer left out (clip skip 1)', async () => {
        const { io, found } = await outputsOf({ clipSkip: 1 });
        expect(found['last_hidden_state']?.data as Float32Array).toBeAllclose(
          io.float('clip_skip_1').data,
          io.tolerance('clip_skip_1'),
        );
      });

      it('matches the hidden state behind every layer', async () => {
        const taps: Taps = new Map();
        const { io, graph } = await setUp({ taps });
        await expectTapsToMatch({ graph, taps, prefix: 'hidden_states.' }, io, { input_ids: io.tensor('input_ids') });
      });
    });
  }
});
