/** Text encoders saved by newer versions of transformers, whose keys lack the level `text_model`, against what they gave before. */
import { describe, expect, it } from 'vitest';
import { openWeights } from '../../../../src/engine/checkpoints/safetensors';
import { withTextLevel } from '../../../../src/engine/families/clip-names';
import { buildClipText, type ClipBuildOptions } from '../../../../src/engine/networks/clip';
import { parseClipTextConfig } from '../../../../src/engine/networks/clip-config';
import { createSession } from '../../../../src/engine/runtime/session';
import { golden2 } from '../../../support/golden';

const folders = golden2
  .files(/^tokenizer2\/[^/]+\/text_encoder\/model\.safetensors$/)
  .map((file) => file.replace(/\/text_encoder\/.*/, ''));

describe.skipIf(!golden2.isPresent)('golden text encoders with flat keys (FOURSTEP_GOLDEN2)', () => {
  it.each(folders)('%s', async (folder) => {
    const io = await golden2.tensors(`${folder}/io.safetensors`);
    const json = golden2.json(`${folder}/text_encoder/config.json`) as { architectures: string[] };
    const config = parseClipTextConfig(json, folder);
    const source = await openWeights(golden2.path(`${folder}/text_encoder/model.safetensors`));
    expect(source.tensors.has('embeddings.token_embedding.weight')).toBe(true);
    const weights = withTextLevel(source);
    const outputs = async (options: ClipBuildOptions, count: number) => {
      const session = await createSession(buildClipText(config, weights, options), {
        device: 'cpu',
        profile: 'mapped',
      });
      const ids = io.tensor('input_ids');
      const [, window = 0] = ids.shape;
      const data = (ids.data as BigInt64Array).slice(0, count * window);
      const found = await session.run({ input_ids: { dtype: 'int64', shape: [count, window], data } });
      await session.release();
      return found;
    };
    const projected = json.architectures[0] === 'CLIPTextModelWithProjection';
    const pooled = projected ? 'projected' : 'plain';
    const [some, all] = [io.float('last').shape[0] ?? 0, io.float('pooled').shape[0] ?? 0];
    const last = await outputs({}, some);
    const penultimate = await outputs({ state: 'penultimate' }, some);
    const whole = await outputs({ pooled }, all);
    for (const [name, found] of [
      ['last', last['last_hidden_state']],
      ['penultimate', penultimate['penultimate_hidden_state']],
      ['pooled', whole[projected ? 'text_embeds' : 'pooler_output']],
    ] as const) {
      expect(found?.data as Float32Array, name).toBeAllclose(io.float(name).data, io.tolerance(name));
    }
  });
});
