/** Writes LoRA files that other tools read. */
import { writeSafetensors } from '../tensors/safetensors-writer';
import { float32, type Tensor } from '../tensors/tensor';

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
