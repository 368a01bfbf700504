/** Writes a random-weight model folder with exactly the tensors of LCM_Dreamshaper_v7, fp16 on disk. */
import { closeSync, cpSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { configs, smokeDim } from './configs';
import { halfTable } from './half';

/** Weight file of each component of `layout.tsv` (component, key, shape: read off the published files). */
const FILES: Readonly<Record<string, string>> = {
  unet: 'unet/diffusion_pytorch_model.safetensors',
  text_encoder: 'text_encoder/model.safetensors',
  vae: 'vae/diffusion_pytorch_model.safetensors',
  taesd: 'taesd/diffusion_pytorch_model.safetensors',
};

interface LayoutTensor {
  readonly key: string;
  readonly shape: readonly number[];
}

/**
 * Makes the folder. `decoder` says which autoencoder model_index.json names; both are written.
 * `tokenizer` is a folder with a CLIP vocabulary to copy. `smoke` makes every layer narrow.
 */
export function writeCheckpoint(folder: string, tokenizer: string, smoke: boolean): void {
  const layout = readLayout(smoke);
  for (const [component, file] of Object.entries(FILES)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeRandomSafetensors(path.join(folder, file), layout.get(component) ?? []);
  }
  for (const [file, content] of Object.entries(configs(smoke))) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), JSON.stringify(content, null, 2));
  }
  cpSync(tokenizer, path.join(folder, 'tokenizer'), { recursive: true });
  fitWindow(path.join(folder, 'tokenizer', 'tokenizer_config.json'));
}

/** A borrowed vocabulary is told the window of this checkpoint's text encoder. */
function fitWindow(file: string): void {
  const window = (configs(false)['text_encoder/config.json'] as { max_position_embeddings: number })
    .max_position_embeddings;
  const config = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...config, model_max_length: window }, null, 2));
}

/** Writes the UNet alone; its config is in `configs(smoke)`. Returns the file. */
export function writeUNet(folder: string, smoke: boolean): string {
  const file = path.join(folder, FILES['unet'] ?? '');
  mkdirSync(path.dirname(file), { recursive: true });
  writeRandomSafetensors(file, readLayout(smoke).get('unet') ?? []);
  return file;
}

/** Makes AutoencoderTiny the folder's autoencoder. */
export function useTinyAutoencoder(folder: string): void {
  cpSync(path.join(folder, 'vae'), path.join(folder, 'vae_kl'), { recursive: true });
  cpSync(path.join(folder, 'taesd'), path.join(folder, 'vae'), { recursive: true });
  const index = JSON.parse(readFileSync(path.join(folder, 'model_index.json'), 'utf8')) as Record<string, unknown>;
  writeFileSync(
    path.join(folder, 'model_index.json'),
    JSON.stringify({ ...index, vae: ['diffusers', 'AutoencoderTiny'] }, null, 2),
  );
}

function readLayout(smoke: boolean): Map<string, LayoutTensor[]> {
  const layout = new Map<string, LayoutTensor[]>();
  for (const line of readFileSync('bench/full-size/layout.tsv', 'utf8').trim().split('\n').slice(1)) {
    const [component = '', key = '', shape = ''] = line.split('\t');
    const tensors = layout.get(component) ?? [];
    const dims = shape === '' ? [] : shape.split('x').map(Number);
    tensors.push({ key, shape: smoke ? dims.map((dim) => smokeDim(component, dim)) : dims });
    layout.set(component, tensors);
  }
  return layout;
}

function writeRandomSafetensors(file: string, tensors: readonly LayoutTensor[]): void {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let offset = 0;
  for (const { key, shape } of tensors) {
    const end = offset + 2 * shape.reduce((product, dim) => product * dim, 1);
    header[key] = { dtype: 'F16', shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = JSON.stringify(header);
  const padded = Buffer.from(json + ' '.repeat((8 - (json.length % 8)) % 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const handle = openSync(file, 'w');
  try {
    writeSync(handle, length);
    writeSync(handle, padded);
    for (const tensor of tensors) writeRandomTensor(handle, tensor);
  } finally {
    closeSync(handle);
  }
}

/** Weights ~ N(0, 1/fan_in) so that activations neither vanish nor overflow; norm scales 1, biases 0. */
function writeRandomTensor(handle: number, { key, shape }: LayoutTensor): void {
  const count = shape.reduce((product, dim) => product * dim, 1);
  const data = new Uint16Array(count);
  if (shape.length > 1) {
    const fanIn = shape.slice(1).reduce((product, dim) => product * dim, 1);
    const table = halfTable(1 / Math.sqrt(fanIn));
    let state = 0x9e3779b9 ^ count;
    for (let i = 0; i < count; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      data[i] = table[state & 4095] ?? 0;
    }
  } else if (key.endsWith('weight')) {
    data.fill(0x3c00);
  }
  writeSync(handle, Buffer.from(data.buffer));
}
