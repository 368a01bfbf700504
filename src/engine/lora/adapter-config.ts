/** Where the diffusers and PEFT layouts keep alpha: beside the tensors, in a config file or in the file's metadata. */
import path from 'node:path';
import * as v from 'valibot';
import { UserError } from '../../domain/errors';
import { parseConfig, type Supported } from '../networks/config';
import { isFile } from '../checkpoints/folder-parts';
import { isJsonObject, parseJson, readJsonFile } from '../../files/json-text';
import type { LoraComponent } from './lora';

/** alpha for a layer of `component`; undefined where nothing is said, which means alpha = rank. */
export type AlphaOf = (component: LoraComponent, rank: number) => number | undefined;

const schema = v.object({
  lora_alpha: v.pipe(v.number(), v.finite()),
  use_rslora: v.nullish(v.boolean(), false),
});

/** What would change the mathematics and is not done here (PEFT LoraConfig). */
const SUPPORTED: Supported = {
  peft_type: ['LORA'],
  bias: ['none'],
  use_dora: [false],
  fan_in_fan_out: [false],
  alpha_pattern: [{}],
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
  const config = parseConfig(await readJsonFile(file), { schema, supported: SUPPORTED, origin: file });
  // Rank-stabilised LoRA (arXiv 2312.03732) divides by √rank.
  return (_component, rank) => config.lora_alpha * (config.use_rslora ? Math.sqrt(rank) : 1);
}

/** diffusers ≥ 0.34 writes the adapters' configs into the metadata, as one JSON text with keys like "unet.lora_alpha". */
export function alphaFromMetadata(metadata: ReadonlyMap<string, string>, origin: string): AlphaOf | undefined {
  const text = metadata.get('lora_adapter_metadata');
  if (text === undefined) return undefined;
  const json = parseJson(Buffer.from(text), `The lora_adapter_metadata of ${origin}`, { pythonNumbers: true });
  if (!isJsonObject(json)) throw new UserError('bad-checkpoint', `${origin}: lora_adapter_metadata is not an object.`);
  return (component) => {
    const alpha = json[`${component}.lora_alpha`];
    return typeof alpha === 'number' ? alpha : undefined;
  };
}
