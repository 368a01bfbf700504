import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GenerateParams } from '../../../src/contract/worker-api';
import { writeSafetensors } from '../../../src/engine/checkpoints/safetensors-writer';
import { float32 } from '../../../src/engine/tensors/tensor';
import type { WorkerClient } from '../../../src/host/worker-client';
import { writeSingleFile } from '../../support/single-file';
import { job, startClient, temporaryFolder } from '../../support/worker-harness';

let client: WorkerClient;
let folder: string;
let model: string;
beforeAll(async () => {
  ({ client } = await startClient());
  folder = temporaryFolder();
  model = await writeSingleFile(folder);
});
afterAll(() => client.dispose());

const draw = (modelPath: string, changes: Partial<GenerateParams> = {}) =>
  client.request(
    'generate',
    job(temporaryFolder(), { modelPath, modelId: 'one-file', width: 32, height: 32, steps: 2, ...changes }),
  );

describe('a checkpoint in one file', () => {
  it('draws, and its recipe names the file by its digest', async () => {
    const { variants } = await draw(model);
    expect(variants[0]).toMatchObject({ width: 32, height: 32 });
    const { sha256 } = await client.request('inspect', { modelPath: model });
    expect(variants[0]!.recipe.model).toEqual({ id: 'one-file', sha256 });
  });

  it('is inspected like a folder', async () => {
    const report = await client.request('inspect', { modelPath: model });
    expect(report).toMatchObject({ className: 'StableDiffusionPipeline', problems: [], isLcm: false, sizeFactor: 2 });
    expect(report.components.map(({ name }) => name)).toEqual(['text_encoder', 'unet', 'vae']);
  });

  it('is made again from its recipe', async () => {
    const { variants } = await draw(model);
    const params = { jobId: 'again', path: variants[0]!.path, modelPath: model, device: 'cpu' as const };
    const { verdict } = await client.request('rebuild', { ...params, outputDir: temporaryFolder() });
    expect(verdict).toBe('identical');
  });

  it.each([
    ['without its text encoder', /^cond_stage_model/, 'a UNet without its text encoder'],
    ['without its autoencoder', /^first_stage_model/, 'lacks the vae'],
    ['without its UNet', /^model\.diffusion_model/, 'an autoencoder alone'],
    ['with a tensor missing', /input_blocks\.3\.0\.in_layers\.0\.weight/, 'is missing'],
  ])('%s is refused, saying so', async (_, without, message) => {
    const file = await writeSingleFile(temporaryFolder(), 'model.safetensors', without);
    await expect(draw(file)).rejects.toThrow(message);
  });

  it('that is cut off is refused as damaged', async () => {
    const file = path.join(temporaryFolder(), 'cut.safetensors');
    copyFileSync(model, file);
    truncateSync(file, 1_000_000);
    await expect(draw(file)).rejects.toMatchObject({ code: 'bad-checkpoint' });
  });

  it('that is a pickle in truth is refused as one, whatever its name', async () => {
    for (const [name, bytes] of [
      ['zip.safetensors', Buffer.from('PK\u0003\u0004archive/data.pkl'.padEnd(100))],
      ['old.safetensors', Buffer.concat([Buffer.from([0x80, 2]), Buffer.from('ctorch._utils'.padEnd(100))])],
    ] as const) {
      const file = path.join(temporaryFolder(), name);
      writeFileSync(file, bytes);
      await expect(draw(file), name).rejects.toThrow('looks like a PyTorch pickle file with another name');
    }
  });

  it.each([
    ['lora_unet_down_blocks_0.lora_down.weight', 'a LoRA'],
    ['double_blocks.0.img_attn.qkv.weight', 'a FLUX transformer model'],
    ['model.diffusion_model.joint_blocks.0.x', 'a Stable Diffusion 3 transformer model'],
    ['control_model.input_blocks.0.0.weight', 'a ControlNet'],
    ['emb_params', 'a textual inversion embedding'],
    ['something.else', 'no model that Fourstep knows'],
  ])('of something else (%s) is called by its name', async (tensor, what) => {
    const file = path.join(temporaryFolder(), 'other.safetensors');
    await writeSafetensors(file, new Map([[tensor, float32([1, 2], [2])]]));
    await expect(draw(file)).rejects.toThrow(`holds ${what}`);
  });
});

describe('prompts for it', () => {
  const pixels = async (prompt: string, changes: Partial<GenerateParams> = {}) =>
    readFileSync((await draw(model, { prompt, metadata: false, ...changes })).variants[0]!.path);

  it('have weights, and may be longer than a window', async () => {
    const plain = await pixels('a red fox');
    expect(await pixels('a (red:1.8) fox')).not.toEqual(plain);
    expect(await pixels('a (red:1.0) fox')).toEqual(plain);
    const { notices } = await draw(model, { prompt: `${'a red fox, '.repeat(40)} in the snow` });
    expect(notices.join()).not.toMatch(/left out|weight/);
  });

  it('may hold a word of textual inversion, which the recipe names and a rebuild asks for', async () => {
    const file = path.join(folder, 'easyfox.safetensors');
    await writeSafetensors(file, new Map([['emb_params', float32(new Float32Array(128).fill(0.5), [2, 64])]]));
    const embeddings = [{ path: file, name: 'easyfox' }];
    const without = await pixels('a easyfox');
    expect(await pixels('a easyfox', { embeddings })).not.toEqual(without);
    const { variants } = await draw(model, { prompt: 'a easyfox', embeddings });
    expect(variants[0]!.recipe.embeddings).toEqual([
      { name: 'easyfox', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    ]);
    const params = { jobId: 'words', path: variants[0]!.path, modelPath: model, device: 'cpu' as const };
    const rebuild = (candidates: string[]) =>
      client.request('rebuild', { ...params, embeddingCandidates: candidates, outputDir: temporaryFolder() });
    expect((await rebuild([file])).verdict).toBe('identical');
    await expect(rebuild([])).rejects.toThrow(/made with the embedding "easyfox".*not given/);
  });

  it('refuse an embedding of another width, naming both', async () => {
    const file = path.join(folder, 'wide.safetensors');
    await writeSafetensors(file, new Map([['emb_params', float32(new Float32Array(768), [1, 768])]]));
    await expect(draw(model, { embeddings: [{ path: file, name: 'wide' }] })).rejects.toThrow(
      "vectors of 768 numbers for the model's text_encoder, which takes vectors of 64",
    );
  });
});
