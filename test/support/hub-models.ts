/** Small repositories in the diffusers layout, and what an install needs around it. */
import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Catalog } from '../../src/catalog/catalog';
import { HubClient } from '../../src/store/hub-client';
import { hubAccess } from '../../src/store/hub-access';
import { installModel, type InstallOptions, type Progress } from '../../src/store/install';
import type { Patience } from '../../src/store/retry';
import type { InstallResult, Precision } from '../../src/contract/store-api';

export function noise(bytes: number, seed: string): Buffer {
  const chunks: Buffer[] = [];
  for (let index = 0; index * 32 < bytes; index++) {
    chunks.push(createHash('sha256').update(`${seed} ${index}`).digest());
  }
  return Buffer.concat(chunks).subarray(0, bytes);
}

const text = (value: object): Buffer => Buffer.from(JSON.stringify(value));

/** Everything that published repositories have, most of which nobody needs here. */
export function pipelineFiles(seed = 'a', bytes = 30_000): Record<string, Buffer> {
  return {
    'README.md': Buffer.from('a model card'),
    LICENSE: Buffer.from('do as you like'),
    'model_index.json': text({
      _class_name: 'StableDiffusionPipeline',
      unet: ['diffusers', 'UNet2DConditionModel'],
      vae: ['diffusers', 'AutoencoderKL'],
      text_encoder: ['transformers', 'CLIPTextModel'],
      tokenizer: ['transformers', 'CLIPTokenizer'],
      scheduler: ['diffusers', 'DDIMScheduler'],
      safety_checker: ['stable_diffusion', 'StableDiffusionSafetyChecker'],
      image_encoder: [null, null],
    }),
    'unet/config.json': text({ _class_name: 'UNet2DConditionModel' }),
    'unet/diffusion_pytorch_model.safetensors': noise(bytes, `${seed} unet`),
    'unet/diffusion_pytorch_model.fp16.safetensors': noise(bytes / 2, `${seed} half`),
    'unet/diffusion_pytorch_model.non_ema.safetensors': noise(bytes, `${seed} non-ema`),
    'unet/diffusion_pytorch_model.bin': noise(100, 'pickle'),
    'vae/config.json': text({ _class_name: 'AutoencoderKL' }),
    'vae/diffusion_pytorch_model.safetensors': noise(bytes / 3, `${seed} vae`),
    'text_encoder/config.json': text({ hidden_size: 8 }),
    'text_encoder/model.safetensors.index.json': text({ weight_map: {} }),
    'text_encoder/model-00001-of-00002.safetensors': noise(bytes / 4, `${seed} 1`),
    'text_encoder/model-00002-of-00002.safetensors': noise(bytes / 4, `${seed} 2`),
    'text_encoder/pytorch_model.bin': noise(100, 'pickle'),
    'tokenizer/vocab.json': text({ a: 1 }),
    'tokenizer/merges.txt': Buffer.from('a b\n'),
    'scheduler/scheduler_config.json': text({ steps: 1000 }),
    'safety_checker/model.safetensors': noise(bytes, 'safety'),
    'v1-5-pruned-emaonly.safetensors': noise(bytes, `${seed} one file`),
    'v1-5-pruned.ckpt': noise(bytes, 'pickle'),
  };
}

/** What of it is needed. */
export const NEEDED = [
  'LICENSE',
  'model_index.json',
  'scheduler/scheduler_config.json',
  'text_encoder/config.json',
  'text_encoder/model-00001-of-00002.safetensors',
  'text_encoder/model-00002-of-00002.safetensors',
  'text_encoder/model.safetensors.index.json',
  'tokenizer/merges.txt',
  'tokenizer/vocab.json',
  'unet/config.json',
  'unet/diffusion_pytorch_model.safetensors',
  'vae/config.json',
  'vae/diffusion_pytorch_model.safetensors',
];

/** Milliseconds where users wait for seconds. */
export const IMPATIENT: Patience = { tries: 5, firstMs: 2, mostMs: 10, silentMs: 150 };

export interface Bench {
  readonly folder: string;
  readonly store: string;
  readonly hubCache: string;
  readonly catalog: Catalog;
}

export function bench(published: Catalog['published'] = []): Bench {
  const folder = mkdtempSync(path.join(tmpdir(), 'hub-'));
  const catalog: Catalog = { folder, defaultId: 'icons-v1', models: [], published };
  return { folder, store: path.join(folder, 'store'), hubCache: path.join(folder, 'hub'), catalog };
}

export interface Install extends Partial<InstallOptions> {
  readonly token?: string;
  readonly precision?: Precision;
  readonly told?: Progress[];
}

export async function install(
  { folder, store, hubCache, catalog }: Bench,
  endpoint: string,
  name: string,
  { token, precision = 'full', told = [], ...options }: Install = {},
): Promise<InstallResult> {
  const access = await hubAccess(
    { HF_HOME: folder },
    { endpoint, offline: false, ...(token === undefined ? {} : { token }) },
  );
  const patience = options.patience ?? IMPATIENT;
  const client = new HubClient(access, {
    patience,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const places = { store, hubCaches: [hubCache] };
  const onProgress = (progress: Progress): void => void told.push(progress);
  return installModel(
    client,
    { catalog, places },
    { name, precision },
    { accepted: false, onProgress, ...options, patience },
  );
}
