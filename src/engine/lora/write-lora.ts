/** Writes LoRA files that other tools read, and reads back what ours say about themselves. */
import { UserError } from '../../domain/errors';
import { loraNames } from '../networks/lora-slots';
import { writeSafetensors } from '../checkpoints/safetensors-writer';
import { float32, type Tensor } from '../tensors/tensor';
import { kohyaName, KOHYA_UNET } from './layer-names';

/** LoRA matrices of the UNet by the names of `loraNames`. */
export type UNetLora = ReadonlyMap<string, Tensor<'float32'>>;

export interface LoraFileInfo {
  /** SHA-256 of the base model's weights. */
  readonly baseModel: string;
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly string[];
  /** SHA-256 of what it was trained on. */
  readonly data: string;
  readonly steps: number;
  readonly engine: string;
}

/** The diffusers/PEFT layout: `unet.<path>.lora_A.weight`; alpha / rank is folded into B, because the file has no place for alpha. */
export async function writePeftLora(file: string, lora: UNetLora, info: LoraFileInfo): Promise<void> {
  const tensors = new Map<string, Tensor>();
  const scale = info.alpha / info.rank;
  for (const [name, tensor] of lora) {
    const isB = name.endsWith('.lora_B.weight');
    tensors.set(`unet.${name}`, isB && scale !== 1 ? scaled(tensor, scale) : tensor);
  }
  await writeSafetensors(file, tensors, metadataOf(info));
}

/** kohya's layout: `lora_unet_<path with underscores>.lora_down.weight`, `.lora_up.weight` and `.alpha`, a number. */
export async function writeKohyaLora(file: string, lora: UNetLora, info: LoraFileInfo): Promise<void> {
  const tensors = new Map<string, Tensor>();
  const end = loraNames('').A;
  for (const path of [...lora.keys()].filter((name) => name.endsWith(end)).map((name) => name.slice(0, -end.length))) {
    const [A, B] = [lora.get(loraNames(path).A), lora.get(loraNames(path).B)];
    if (A === undefined || B === undefined) throw new Error(`The LoRA has only one matrix for ${path}`);
    const name = kohyaName(KOHYA_UNET, path);
    tensors.set(`${name}.lora_down.weight`, A);
    tensors.set(`${name}.lora_up.weight`, B);
    tensors.set(`${name}.alpha`, float32([info.alpha], []));
  }
  await writeSafetensors(file, tensors, { ...metadataOf(info), ss_network_module: 'networks.lora' });
}

function scaled({ data, shape }: Tensor<'float32'>, factor: number): Tensor<'float32'> {
  return float32(
    data.map((value) => value * factor),
    shape,
  );
}

/** Names as kohya's tools write them where they have one for it, ours beside them. */
function metadataOf(info: LoraFileInfo): Record<string, string> {
  return {
    format: 'pt',
    ss_network_dim: String(info.rank),
    ss_network_alpha: String(info.alpha),
    ss_steps: String(info.steps),
    'fourstep.base_model_sha256': info.baseModel,
    'fourstep.targets': info.targets.join(','),
    'fourstep.data_sha256': info.data,
    'fourstep.engine': info.engine,
  };
}

/** What a file of ours says about itself. Throws `unsupported` for a file of another tool. */
export function loraFileInfo(metadata: ReadonlyMap<string, string>, file: string): LoraFileInfo {
  const get = (key: string): string => {
    const value = metadata.get(key);
    if (value !== undefined) return value;
    throw new UserError('unsupported', `${file} was not written by Fourstep: its metadata lacks "${key}".`);
  };
  return {
    baseModel: get('fourstep.base_model_sha256'),
    rank: Number(get('ss_network_dim')),
    alpha: Number(get('ss_network_alpha')),
    targets: get('fourstep.targets').split(','),
    data: get('fourstep.data_sha256'),
    steps: Number(get('ss_steps')),
    engine: get('fourstep.engine'),
  };
}
