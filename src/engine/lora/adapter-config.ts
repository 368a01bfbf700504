/** Where the diffusers and PEFT layouts keep alpha: beside the tensors, in a config file or in the file's metadata. */
import path from 'node:path';
import * as v from 'valibot';
import { UserError } from '../../domain/errors';
import { parseConfig, type Supported } from '../networks/config';
import { isFile } from '../../files/kind-of-path';
import { isJsonObject, parseJson, readJsonFile } from '../../files/json-text';
import type { AdaptableLayer } from './layer-names';
import { patternValue } from './adapter-patterns';

/** alpha for a layer; undefined where nothing is said, which means alpha = rank. */
export type AlphaOf = (layer: Pick<AdaptableLayer, 'component' | 'path'>, rank: number) => number | undefined;

const alpha = v.pipe(v.number(), v.finite());
const schema = v.object({
  lora_alpha: v.nullish(alpha),
  use_rslora: v.nullish(v.boolean(), false),
  alpha_pattern: v.nullish(v.record(v.string(), alpha)),
});

/** What would change the mathematics and is not done here (PEFT LoraConfig). */
const SUPPORTED: Supported = {
  peft_type: ['LORA'],
  bias: ['none'],
  lora_bias: [false],
  use_dora: [false],
  use_qalora: [false],
  fan_in_fan_out: [false],
  modules_to_save: [[]],
};

/** The adapter_config.json that belongs to a PEFT adapter's weights; undefined for any other file. */
export async function adapterConfigOf(weights: string): Promise<string | undefined> {
  const file = path.join(path.dirname(weights), 'adapter_config.json');
  return path.basename(weights) === 'adapter_model.safetensors' && (await isFile(file)) ? file : undefined;
}

/** alpha as a PEFT adapter's config has it; undefined for a file without one. Throws `unsupported` naming the field. */
export async function alphaFromConfig(weights: string): Promise<AlphaOf | undefined> {
  const file = await adapterConfigOf(weights);
  if (file === undefined) return undefined;
  const json = await readJsonFile(file);
  if (isJsonObject(json) && typeof json['lora_alpha'] !== 'number') {
    throw new UserError('bad-checkpoint', `${file}: "lora_alpha" is missing; expected a number.`);
  }
  return alphaIn(json, file);
}

/** diffusers ≥ 0.34 writes the adapters' configs into the metadata, as one JSON text with keys like "unet.lora_alpha". */
export function alphaFromMetadata(metadata: ReadonlyMap<string, string>, origin: string): AlphaOf | undefined {
  const text = metadata.get('lora_adapter_metadata');
  if (text === undefined) return undefined;
  const where = `The lora_adapter_metadata of ${origin}`;
  const json = parseJson(Buffer.from(text), where, { pythonNumbers: true });
  if (!isJsonObject(json)) throw new UserError('bad-checkpoint', `${origin}: lora_adapter_metadata is not an object.`);
  const components = new Set(Object.keys(json).map((key) => key.split('.', 1)[0] ?? ''));
  const alphas = new Map([...components].map((name) => [name, alphaIn(partOf(json, name), where)]));
  return (layer, rank) => alphas.get(layer.component)?.(layer, rank);
}

function partOf(json: Readonly<Record<string, unknown>>, component: string): Readonly<Record<string, unknown>> {
  const own = Object.entries(json).filter(([key]) => key.startsWith(`${component}.`));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(component.length + 1), value]));
}

/** The same in both: PEFT's LoraConfig. */
function alphaIn(json: unknown, origin: string): AlphaOf {
  const config = parseConfig(json, { schema, supported: SUPPORTED, origin });
  const patterns = Object.entries(config.alpha_pattern ?? {});
  return ({ path: layer }, rank) => {
    const own = patternValue(patterns, layer, origin) ?? config.lora_alpha ?? undefined;
    // Rank-stabilised LoRA (arXiv 2312.03732) divides by √rank.
    return own === undefined ? undefined : own * (config.use_rslora ? Math.sqrt(rank) : 1);
  };
}
