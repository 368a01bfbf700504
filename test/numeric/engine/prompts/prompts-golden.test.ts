/** Weighted and long prompts, textual inversion and clip skip as the second golden set has them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTokenizer } from '../../../../src/engine/checkpoints/tokenizer';
import type { TextualInversion } from '../../../../src/engine/families/family';
import { openModel } from '../../../../src/engine/families/open-model';
import { chunksOf } from '../../../../src/engine/prompts/chunks';
import { readEmbedding } from '../../../../src/engine/prompts/embedding-files';
import type { DiffusionModel } from '../../../../src/engine/sampling/diffusion-model';
import { loadModel } from '../../../../src/engine/sampling/load';
import { golden2, rows, type GoldenTensors } from '../../../support/golden';
import { temporaryFolder } from '../../../support/worker-harness';

interface Cases {
  readonly textual_inversion: { readonly prompts: string[]; readonly prompts_sdxl: string[] };
  readonly clip_skip_prompts: string[];
  readonly weighting: { readonly case: string; readonly prompt: string; readonly chunks: number }[];
}

const FOLDERS: Readonly<Record<string, string>> = {
  sd1: 'sd1_single/sd1/pipeline',
  sd2: 'sd1_single/sd2/pipeline',
  sdxl: 'sdxl/pipeline',
};

describe.skipIf(!golden2.isPresent)('prompts of the golden set (FOURSTEP_GOLDEN2)', () => {
  const models: Record<string, DiffusionModel> = {};
  const cases = golden2.isPresent ? (golden2.json('text2/text2.json') as Cases) : undefined;

  beforeAll(async () => {
    for (const [name, folder] of Object.entries(FOLDERS)) {
      models[name] = await loadModel(await openModel(golden2.path(folder)), {
        device: 'cpu',
        cacheFolder: temporaryFolder(),
      });
    }
  });
  afterAll(async () => {
    for (const model of Object.values(models)) await model.release();
  });

  async function words(model: string, pattern: RegExp): Promise<TextualInversion[]> {
    const { widths } = models[model]!.parts.design.text;
    const found: TextualInversion[] = [];
    for (const file of golden2.files(pattern)) found.push(...(await readEmbedding(golden2.path(file), widths)));
    return found;
  }

  const prompts = (model: string) => models[model]!.pipeline.parts.prompts;

  function expectRow(io: GoldenTensors, name: string, row: number, found: Float32Array | undefined): void {
    expect(found, `${name} ${row}`).toBeAllclose(rows(io.float(name), row, 1).data, io.tolerance(name));
  }

  describe.each(cases?.weighting ?? [])('$case', ({ case: name, prompt, chunks }) => {
    const model = name.split('.')[0] ?? '';

    it('fills its windows as there', async () => {
      const io = await golden2.tensors('text2/weighting.safetensors');
      const { tokenizers } = await openModel(golden2.path(FOLDERS[model]!));
      const filled = chunksOf(prompt, await loadTokenizer(tokenizers['tokenizer']!), (text) => [text]);
      expect(filled).toHaveLength(chunks);
      expect(filled.flatMap(({ ids }) => ids)).toEqual(io.integers(`${name}.input_ids`));
      expect(filled.flatMap(({ weights }) => weights)).toBeAllclose(io.float(`${name}.multipliers`).data, 1e-6);
    });

    it('gives its states', async () => {
      const io = await golden2.tensors('text2/weighting.safetensors');
      const { context } = await prompts(model).encode(prompt);
      const expected = io.float(`${name}.states`);
      expect(context?.shape).toEqual(expected.shape);
      expect(context?.data).toBeAllclose(expected.data, io.tolerance(`${name}.states`));
    });
  });

  it('words of textual inversion stand for their vectors', async () => {
    const io = await golden2.tensors('text2/textual_inversion.safetensors');
    const known = await words('sd1', /^text2\/embeddings\/(?!sdxl)[^/]+\.safetensors$/);
    for (const [row, prompt] of (cases?.textual_inversion.prompts ?? []).entries()) {
      const { context } = await prompts('sd1').encode(prompt, { words: known });
      expectRow(io, 'states', row, context?.data);
    }
  });

  it('words of SDXL have vectors for both text encoders', async () => {
    const io = await golden2.tensors('text2/textual_inversion.safetensors');
    const [word] = await words('sdxl', /^text2\/embeddings\/sdxl\.safetensors$/);
    // The set calls it <xl>; the file does not say so.
    const renamed = Object.fromEntries(
      Object.entries(word ?? {}).map(([component, part]) => [component, { ...part, trigger: '<xl>' }]),
    );
    for (const [row, prompt] of (cases?.textual_inversion.prompts_sdxl ?? []).entries()) {
      const { context, pooled } = await prompts('sdxl').encode(prompt, { words: [renamed] });
      expectRow(io, 'sdxl_prompt_embeds', row, context?.data);
      expectRow(io, 'sdxl_pooled', row, pooled?.data);
    }
  });

  it('clip skip leaves layers out', async () => {
    const io = await golden2.tensors('text2/clip_skip.safetensors');
    for (const name of io.names.filter((each) => /^skip\d+$/.test(each))) {
      for (const [row, prompt] of (cases?.clip_skip_prompts ?? []).entries()) {
        const { context } = await prompts('sd1').encode(prompt, { clipSkip: Number(name.slice('skip'.length)) });
        expectRow(io, name, row, context?.data);
      }
    }
  });

  it('vectors of another width are refused, naming both', async () => {
    const [file] = golden2.files(/^text2\/embeddings\/one\.safetensors$/);
    await expect(readEmbedding(golden2.path(file ?? ''), { text_encoder: 7 })).rejects.toMatchObject({
      code: 'bad-request',
      message: expect.stringMatching(
        /vectors of \d+ numbers for the model's text_encoder, which takes vectors of 7/,
      ) as string,
    });
  });
});
