/** Reads LoRA files of every layout for a model, and refuses those that do not fit it. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../domain/errors';
import { exists, isFolder } from '../../files/kind-of-path';
import type { FileHasher } from '../../files/file-hasher';
import { toFloat32 } from '../tensors/dtype';
import { quote } from '../../files/json-text';
import { openSafetensors, readTensor } from '../checkpoints/safetensors';
import { sizeOf, type DType } from '../tensors/tensor';
import type { WeightTensor } from '../checkpoints/weight-source';
import { adapterConfigOf, alphaFromConfig, alphaFromMetadata, type AlphaOf } from './adapter-config';
import { fittedLowRank } from './fit-lora';
import type { AdaptableLayer } from './layer-names';
import type { Lora, LowRank } from './loaded-lora';
import { parseLoraKey, relativeOfLora, type LoraPart } from './lora-keys';

/** What a folder with a LoRA in it calls the file: PEFT, diffusers, Fourstep's styles. */
const NAMES_IN_FOLDER = ['adapter_model.safetensors', 'pytorch_lora_weights.safetensors', 'lora.safetensors'];

const FLOATS: ReadonlySet<DType> = new Set(['float32', 'float16', 'bfloat16', 'float64']);

/** Some trainers write alpha as a whole number. */
const ALPHAS: ReadonlySet<DType> = new Set([...FLOATS, 'int64', 'int32', 'int16', 'int8', 'uint8']);

/** A layer's tensors as they lie in the file. */
export type LoraTensors = Partial<Record<LoraPart, WeightTensor>>;

/**
 * Reads a .safetensors file, or the one in an adapter's folder. `names` are those of the model it is for (`layerNames`).
 * Throws `bad-checkpoint` naming the first layer that does not fit with both shapes, or the first name that is no layer's;
 * `unsupported` for relatives of LoRA, quantised and pickle files; `not-found`, `io`.
 */
export async function readLora(location: string, names: ReadonlyMap<string, AdaptableLayer>): Promise<Lora> {
  const file = await loraFile(location);
  const { tensors, metadata } = await openSafetensors(file);
  const layers = groupByLayer(file, tensors, names);
  const alphaOf = (await alphaFromConfig(file)) ?? alphaFromMetadata(metadata, file) ?? (() => undefined);
  const parts = new Map<string, Map<string, LowRank>>();
  for (const [layer, found] of layers) {
    const part = parts.get(layer.component) ?? new Map<string, LowRank>();
    parts.set(layer.component, part.set(layer.path, await readLayer(file, layer, found, alphaOf)));
  }
  return { layers: parts, origin: file, baseModel: metadata.get('fourstep.base_model_sha256') };
}

/** The file itself, or the file in a folder. Throws `not-found`. */
export async function loraFile(location: string): Promise<string> {
  if (!(await isFolder(location))) return location;
  for (const name of NAMES_IN_FOLDER) {
    const file = path.join(location, name);
    if (await exists(file)) return file;
  }
  const others = (await readdir(location)).filter((name) => name.toLowerCase().endsWith('.safetensors')).sort();
  const [only, ...more] = others;
  if (only !== undefined && more.length === 0) return path.join(location, only);
  throw new UserError(
    'not-found',
    only === undefined
      ? `${location} holds no LoRA; expected ${NAMES_IN_FOLDER.join(' or ')} in it.`
      : `${location} holds ${others.length} files that may be the LoRA (${others.slice(0, 3).join(', ')}${others.length > 3 ? ' …' : ''}). Give one of them.`,
  );
}

function groupByLayer(
  file: string,
  tensors: ReadonlyMap<string, WeightTensor>,
  names: ReadonlyMap<string, AdaptableLayer>,
): Map<AdaptableLayer, LoraTensors> {
  const layers = new Map<AdaptableLayer, LoraTensors>();
  const strangers: string[] = [];
  for (const [key, tensor] of [...tensors].sort(byKey)) {
    const parsed = parseLoraKey(key);
    const layer = parsed && names.get(parsed.layer);
    if (parsed === undefined || layer === undefined) {
      strangers.push(key);
      continue;
    }
    const found = layers.get(layer) ?? {};
    if (found[parsed.part] !== undefined) {
      throw new UserError('bad-checkpoint', `${file} has the layer ${layer.path} twice, under two names.`);
    }
    found[parsed.part] = tensor;
    layers.set(layer, found);
  }
  refuseStrangers(file, strangers, tensors.size);
  return layers;
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function refuseStrangers(file: string, strangers: readonly string[], total: number): void {
  const relative = strangers.find((key) => relativeOfLora(key) !== undefined);
  if (relative !== undefined) {
    throw new UserError(
      'unsupported',
      `${file} holds ${relativeOfLora(relative) ?? ''} (${quote(relative)}), which Fourstep does not apply; it applies LoRA.`,
    );
  }
  const [first] = strangers;
  if (total === 0) throw new UserError('bad-checkpoint', `${file} is empty; expected the tensors of a LoRA.`);
  if (first === undefined) return;
  const lora = strangers.find((key) => parseLoraKey(key) !== undefined);
  throw new UserError(
    'bad-checkpoint',
    lora === undefined && strangers.length === total
      ? `${file} is no LoRA: none of its ${total} tensors is named like one; the first is ${quote(first)}.`
      : `${file} does not fit this model: ${strangers.length} of its ${total} tensors belong to no layer of it; the first is ` +
          `${quote(first)}. It was made for another kind of model.`,
  );
}

async function readLayer(file: string, layer: AdaptableLayer, found: LoraTensors, alphaOf: AlphaOf): Promise<LowRank> {
  const { A, B, alpha } = found;
  if (A === undefined || B === undefined) {
    const missing = A === undefined ? 'A (down)' : 'B (up)';
    throw new UserError('bad-checkpoint', `${file}: the layer ${layer.path} lacks its matrix ${missing}.`);
  }
  const shapes = fittedLowRank(file, layer, A, B);
  const [rank] = shapes.A;
  const [given] = alpha === undefined ? [alphaOf(layer, rank)] : await readFloats(file, alpha, ALPHAS);
  const scale = (given ?? rank) / rank;
  if (alpha !== undefined && sizeOf(alpha.shape) !== 1) {
    throw new UserError(
      'bad-checkpoint',
      `${file}: ${quote(alpha.name)} holds ${sizeOf(alpha.shape)} numbers, expected one.`,
    );
  }
  return {
    A: { dtype: 'float32', shape: shapes.A, data: await readFloats(file, A) },
    B: { dtype: 'float32', shape: shapes.B, data: await readFloats(file, B) },
    scale,
  };
}

/** Throws `unsupported` for integers, `bad-checkpoint` for what is no number: it would spoil every picture. */
async function readFloats(
  file: string,
  tensor: WeightTensor,
  dtypes: ReadonlySet<DType> = FLOATS,
): Promise<Float32Array> {
  if (!dtypes.has(tensor.dtype)) {
    throw new UserError(
      'unsupported',
      `${file}: the tensor ${quote(tensor.name)} is stored as ${tensor.dtype}; supported are ${[...dtypes].join(', ')}.`,
    );
  }
  const data = toFloat32(await readTensor(tensor));
  if (data.every(Number.isFinite)) return data;
  throw new UserError('bad-checkpoint', `${file}: the tensor ${quote(tensor.name)} holds values that are no numbers.`);
}

/** SHA-256 (hex) of the LoRA's file; of a PEFT adapter, whose alpha lies in its config, over both files' hashes. Throws `not-found` or `io`. */
export async function loraIdentity(location: string, files: FileHasher): Promise<string> {
  const file = await loraFile(location);
  const weights = await files.hash(file);
  const config = await adapterConfigOf(file);
  if (config === undefined) return weights;
  return createHash('sha256')
    .update(`${weights}\n${await files.hash(config)}\n`)
    .digest('hex');
}
