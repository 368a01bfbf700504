/** A style's LoRA in the layout that another tool wants. */
import { UserError } from '../../domain/errors';
import { toFloat32 } from '../tensors/dtype';
import { quote } from '../../files/json-text';
import { openSafetensors, readTensor } from '../checkpoints/safetensors';
import { float32, type Tensor } from '../tensors/tensor';
import { loraFileInfo, writeKohyaLora, writePeftLora } from './write-lora';

export type LoraLayout = 'peft' | 'kohya';

const WRITERS = { peft: writePeftLora, kohya: writeKohyaLora } as const;

/**
 * Rewrites a file of ours (`writePeftLora`). The matrices stay as they are: alpha / rank is in B already, so the written alpha is
 * the rank. Throws `unsupported` for a file of another tool or layout.
 */
export async function exportLora(source: string, layout: LoraLayout, out: string): Promise<void> {
  const { tensors, metadata } = await openSafetensors(source);
  const info = loraFileInfo(metadata, source);
  const lora = new Map<string, Tensor<'float32'>>();
  for (const [key, tensor] of tensors) {
    const [, name] = /^unet\.(.+\.lora_[AB]\.weight)$/.exec(key) ?? [];
    if (name === undefined)
      throw new UserError('unsupported', `${source}: ${quote(key)} is no name of a style's LoRA.`);
    lora.set(name, float32(toFloat32(await readTensor(tensor)), tensor.shape));
  }
  await WRITERS[layout](out, lora, { ...info, alpha: info.rank });
}
