import { readFileSync } from 'node:fs';
import { cp, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelHasher } from '../../../../src/engine/checkpoints/folder-identity';
import { summarizeModel } from '../../../../src/engine/checkpoints/folder-inspect';
import { lookIntoModel, openModel } from '../../../../src/engine/families/open-model';
import { openComponent } from '../../../../src/engine/checkpoints/folder-parts';
import { writeSafetensors } from '../../../../src/engine/checkpoints/safetensors-writer';
import { float32 } from '../../../../src/engine/tensors/tensor';
import { ownFolder, writeTo } from './safetensors-bytes';
import { BUILT_IN_MODEL } from '../../../support/built-in-model';

/** A complete folder with one-tensor weights. */
async function smallModel(): Promise<string> {
  const folder = path.join(await ownFolder(), 'model');
  const parts = ['unet', 'vae', 'text_encoder', 'tokenizer', 'scheduler'];
  for (const part of parts) await mkdir(path.join(folder, part), { recursive: true });
  const index = {
    _class_name: 'LatentConsistencyModelPipeline',
    safety_checker: [null, null],
    scheduler: ['diffusers', 'LCMScheduler'],
    text_encoder: ['transformers', 'CLIPTextModel'],
    unet: ['diffusers', 'UNet2DConditionModel'],
    vae: ['diffusers', 'AutoencoderKL'],
  };
  await writeTo(folder, 'model_index.json', JSON.stringify(index));
  for (const part of ['unet', 'vae', 'text_encoder']) {
    await writeTo(folder, `${part}/config.json`, '{"max_position_embeddings":16,"vocab_size":99}');
    const stem = part === 'text_encoder' ? 'model' : 'diffusion_pytorch_model';
    await writeSafetensors(path.join(folder, part, `${stem}.safetensors`), new Map([[part, float32([1, 2], [2])]]));
  }
  await writeTo(folder, 'scheduler/scheduler_config.json', '{"beta_start":0.1}');
  for (const name of ['vocab.json', 'merges.txt']) await writeTo(folder, `tokenizer/${name}`, '{}');
  return folder;
}

describe('openModel', () => {
  it('opens the built-in model', async () => {
    const model = await openModel(BUILT_IN_MODEL);
    expect(model.pipelineClass).toBe('LatentConsistencyModelPipeline');
    expect(model.components['vae']!.className).toBe('AutoencoderTiny');
    expect(model.components['unet']!.config).toMatchObject({ in_channels: 16 });
    expect(model.scheduler).toMatchObject({ className: 'LCMScheduler', config: { prediction_type: 'v_prediction' } });
    expect(model.tokenizers['tokenizer']).toMatchObject({ positions: 32, vocabSize: 5514 });
  });

  it('works with the least a model needs', async () => {
    const folder = await smallModel();
    const model = await openModel(folder);
    expect(model.components['text_encoder']!.weights).toBe(path.join(folder, 'text_encoder/model.safetensors'));
    expect(model.tokenizers['tokenizer']).toEqual({
      words: {
        vocab: path.join(folder, 'tokenizer/vocab.json'),
        merges: path.join(folder, 'tokenizer/merges.txt'),
      },
      specialTokensMap: undefined,
      tokenizerConfig: undefined,
      positions: 16,
      vocabSize: 99,
    });
  });

  it('prefers full precision and one file; takes half precision and shards otherwise', async () => {
    const folder = await smallModel();
    const weights = async () => path.basename((await openModel(folder)).components['unet']!.weights);
    const at = (name: string) => path.join(folder, 'unet', name);
    await writeTo(folder, 'unet/diffusion_pytorch_model.fp16.safetensors', '');
    expect(await weights()).toBe('diffusion_pytorch_model.safetensors');
    await rm(at('diffusion_pytorch_model.safetensors'));
    expect(await weights()).toBe('diffusion_pytorch_model.fp16.safetensors');
    await writeTo(folder, 'unet/diffusion_pytorch_model.safetensors.index.json', '');
    expect(await weights()).toBe('diffusion_pytorch_model.safetensors.index.json');
  });

  it('takes bfloat16 variants, and names a variant that it does not know', async () => {
    const folder = await smallModel();
    const [from, to] = ['diffusion_pytorch_model.safetensors', 'diffusion_pytorch_model.bf16.safetensors'];
    await rename(path.join(folder, 'unet', from), path.join(folder, 'unet', to));
    expect(path.basename((await openModel(folder)).components['unet']!.weights)).toBe(to);
    await rename(path.join(folder, 'unet', to), path.join(folder, 'unet/diffusion_pytorch_model.fp8.safetensors'));
    await expect(openModel(folder)).rejects.toThrow(/only as the variant "fp8" \(diffusion_pytorch_model.fp8/);
  });

  it('says of a folder with a LoRA what it is', async () => {
    const folder = await ownFolder();
    const file = path.join(folder, 'my_style.safetensors');
    await writeSafetensors(file, new Map([['lora_unet_mid_block_x.lora_down.weight', float32([1], [1, 1])]]));
    await expect(openModel(folder)).rejects.toThrow(/holds a LoRA \(my_style.safetensors\).*--lora/);
  });

  it('reads configs with a byte order mark and with -Infinity, as diffusers writes it', async () => {
    const folder = await smallModel();
    await writeTo(folder, 'scheduler/scheduler_config.json', '\uFEFF{"lambda_min_clipped": -Infinity}');
    await writeTo(folder, 'unet/config.json', '\uFEFF{}');
    expect((await openModel(folder)).scheduler.config).toEqual({ lambda_min_clipped: -Infinity });
  });

  it('follows symbolic links, as in the cache of the Hugging Face hub', async () => {
    const folder = await smallModel();
    const unet = path.join(folder, 'unet/diffusion_pytorch_model.safetensors');
    await rename(unet, path.join(folder, 'blob'));
    await symlink(path.join(folder, 'blob'), unet);
    const link = `${folder}-link`;
    await symlink(folder, link);
    const model = await openModel(link);
    expect(model.folder).toBe(folder);
    expect((await summarizeModel(await lookIntoModel(link))).problems).toEqual([]);
  });

  it('lists everything that is missing or broken at once', async () => {
    const folder = await smallModel();
    await rm(path.join(folder, 'vae'), { recursive: true });
    await rm(path.join(folder, 'tokenizer/merges.txt'));
    await writeTo(folder, 'text_encoder/config.json', '{');
    await writeTo(folder, 'scheduler/scheduler_config.json', '');
    await rename(
      path.join(folder, 'unet/diffusion_pytorch_model.safetensors'),
      path.join(folder, 'unet/pytorch_model.bin'),
    );
    const error = await openModel(folder).then(
      () => undefined,
      (reason: unknown) => reason as Error & { code: string },
    );
    expect(error?.code).toBe('bad-checkpoint');
    const lines = error?.message.split('\n- ') ?? [];
    expect(lines).toHaveLength(6);
    for (const [i, part] of [
      folder,
      'text_encoder/config.json',
      'pickle',
      'vae/config.json',
      'merges.txt',
      'scheduler_config.json',
    ].entries()) {
      expect(lines[i]).toContain(part);
    }
  });

  it('says when model_index.json leaves a part out', async () => {
    const folder = await smallModel();
    await writeTo(folder, 'model_index.json', '{"unet":[null,null],"vae":["diffusers","AutoencoderKL"]}');
    await expect(openModel(folder)).rejects.toThrow(/names no text_encoder[^]*names no unet[^]*names no scheduler/);
  });

  it('names a kind of model that it does not know, and looks at nothing else of it', async () => {
    const folder = await smallModel();
    const index = { _class_name: 'FluxPipeline', transformer: ['diffusers', 'FluxTransformer2DModel'] };
    await writeTo(folder, 'model_index.json', JSON.stringify(index));
    await expect(openModel(folder)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(
        /this is a FLUX transformer model \("FluxPipeline"\), which Fourstep cannot run\. It runs Stable Diffusion/,
      ) as string,
    });
    const { problems, components } = await summarizeModel(await lookIntoModel(folder));
    expect(problems).toEqual([expect.stringContaining('"FluxPipeline"')]);
    expect(components).toEqual([]);
  });

  it('passes over a second text encoder that the index leaves out', async () => {
    const folder = await smallModel();
    const index = JSON.parse(readFileSync(path.join(folder, 'model_index.json'), 'utf8')) as object;
    await writeTo(folder, 'model_index.json', JSON.stringify({ ...index, text_encoder_2: [null, null] }));
    expect(Object.keys((await openModel(folder)).components)).toEqual(['text_encoder', 'unet', 'vae']);
  });

  it('says what a model folder looks like when it is none', async () => {
    const folder = await ownFolder();
    await expect(openModel(folder)).rejects.toMatchObject({
      code: 'bad-checkpoint',
      message: expect.stringMatching(
        /no model_index\.json.*unet, vae, text_encoder, tokenizer and scheduler/,
      ) as string,
    });
    await writeTo(folder, 'dreamshaper.safetensors', '');
    await expect(openModel(folder)).rejects.toThrow('dreamshaper.safetensors looks like a checkpoint in one file');
  });

  it('refuses an empty file, and a folder that is not there', async () => {
    const folder = await ownFolder();
    await expect(openModel(await writeTo(folder, 'x.safetensors', ''))).rejects.toMatchObject({
      code: 'bad-checkpoint',
    });
    await expect(openModel(path.join(folder, 'gone'))).rejects.toMatchObject({ code: 'not-found' });
  });

  it.each(['[]', '7', '', '{"unet":'])('refuses the model_index.json %j', async (text) => {
    const folder = await smallModel();
    await writeTo(folder, 'model_index.json', text);
    await expect(openModel(folder)).rejects.toMatchObject({ code: 'bad-checkpoint' });
  });
});

describe('openComponent', () => {
  it('opens a separate decoder, which names its own class', async () => {
    expect((await openComponent(path.join(BUILT_IN_MODEL, 'vae'))).className).toBe('AutoencoderTiny');
    expect((await openComponent(path.join(BUILT_IN_MODEL, 'text_encoder'))).className).toBe('CLIPTextModel');
  });

  it('says when nothing names the class', async () => {
    await expect(openComponent(path.join(await smallModel(), 'vae'))).rejects.toThrow('_class_name');
  });
});

describe('summarizeModel', () => {
  it('counts what is there', async () => {
    const { components, problems } = await summarizeModel(await lookIntoModel(BUILT_IN_MODEL));
    expect(problems).toEqual([]);
    expect(components.map(({ name, parameters, bytes }) => ({ name, parameters, bytes }))).toEqual([
      { name: 'text_encoder', parameters: 2_399_808, bytes: 4_799_616 },
      { name: 'unet', parameters: 15_819_152, bytes: 31_638_304 },
      { name: 'vae', parameters: 1_241_428, bytes: 2_482_856 },
    ]);
  });

  it('tells problems of weights and of missing parts together, and counts the rest', async () => {
    const folder = await smallModel();
    await writeFile(path.join(folder, 'unet/diffusion_pytorch_model.safetensors'), 'cut');
    await rm(path.join(folder, 'scheduler'), { recursive: true });
    const { components, problems } = await summarizeModel(await lookIntoModel(folder));
    expect(components.map(({ name }) => name)).toEqual(['text_encoder', 'vae']);
    expect(problems).toHaveLength(2);
  });
});

describe('ModelHasher', () => {
  const identity = async (folder: string, hasher = new ModelHasher()) => hasher.identity(await openModel(folder));

  it('does not depend on where the model lies and what its weight files are called', async () => {
    const folder = await smallModel();
    const copy = `${folder}-copy`;
    await cp(folder, copy, { recursive: true });
    await rename(
      path.join(copy, 'unet/diffusion_pytorch_model.safetensors'),
      path.join(copy, 'unet/diffusion_pytorch_model.fp16.safetensors'),
    );
    expect(await identity(copy)).toBe(await identity(folder));
    expect(await identity(folder)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('changes with the weights, also with a hasher that knew the old ones', async () => {
    const folder = await smallModel();
    const hasher = new ModelHasher();
    const before = await identity(folder, hasher);
    const file = path.join(folder, 'unet/diffusion_pytorch_model.safetensors');
    await writeSafetensors(file, new Map([['unet', float32([1, 3], [2])]]));
    await utimes(file, 1e9, 1e9);
    expect(await identity(folder, hasher)).not.toBe(before);
  });

  it('tells apart two components that swapped their weights', async () => {
    const folder = await smallModel();
    const before = await identity(folder);
    const [a, b] = ['unet', 'vae'].map((part) => path.join(folder, part, 'diffusion_pytorch_model.safetensors')) as [
      string,
      string,
    ];
    await rename(a, `${a}.tmp`);
    await rename(b, a);
    await rename(`${a}.tmp`, b);
    expect(await identity(folder)).not.toBe(before);
  });

  it('covers every shard', async () => {
    const folder = await smallModel();
    await rm(path.join(folder, 'unet/diffusion_pytorch_model.safetensors'));
    const shard = (i: number) => `part-${i}.safetensors`;
    for (const i of [1, 2])
      await writeSafetensors(path.join(folder, 'unet', shard(i)), new Map([[`t${i}`, float32([i], [1])]]));
    const index = { weight_map: { t1: shard(1), t2: shard(2) } };
    await writeTo(folder, 'unet/diffusion_pytorch_model.safetensors.index.json', JSON.stringify(index));
    const before = await identity(folder);
    await writeSafetensors(path.join(folder, 'unet', shard(2)), new Map([['t2', float32([7], [1])]]));
    expect(await identity(folder)).not.toBe(before);
  });
});
