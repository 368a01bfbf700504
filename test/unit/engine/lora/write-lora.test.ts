import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { exportLora } from '../../../../src/engine/lora/export-lora';
import { readLora } from '../../../../src/engine/lora/read-lora';
import {
  loraFileInfo,
  writeKohyaLora,
  writePeftLora,
  type LoraFileInfo,
  type UNetLora,
} from '../../../../src/engine/lora/write-lora';
import { loraNames } from '../../../../src/engine/networks/lora-slots';
import { openSafetensors, readTensor } from '../../../../src/engine/checkpoints/safetensors';
import { LAYOUTS, layersOf, loraTensors, namesOf, randomLora, tinyBase } from '../../../support/lora-files';
import { writeSafetensors } from '../../../../src/engine/checkpoints/safetensors-writer';
import { ownFolder } from '../checkpoints/safetensors-bytes';

const BASE = tinyBase('unet_faint');
const NAMES = namesOf(BASE);
const LAYERS = layersOf(BASE).filter(({ component }) => component === 'unet');
const MATRICES = randomLora(LAYERS, 4);
const LORA: UNetLora = new Map(
  [...MATRICES].flatMap(([layer, { A, B }]) => [[loraNames(layer).A, A] as const, [loraNames(layer).B, B] as const]),
);
const INFO: LoraFileInfo = {
  baseModel: 'a'.repeat(64),
  rank: 4,
  alpha: 8,
  targets: ['attention', 'convolutions'],
  data: 'b'.repeat(64),
  steps: 300,
  engine: '0.1.0',
};

let folder: string;
beforeAll(async () => {
  folder = await ownFolder();
});

describe('written LoRA files', () => {
  it('of both layouts read back to the same addition', async () => {
    const [peft, kohya] = [path.join(folder, 'peft.safetensors'), path.join(folder, 'kohya.safetensors')];
    await writePeftLora(peft, LORA, INFO);
    await writeKohyaLora(kohya, LORA, INFO);
    const [folded, kept] = [await readLora(peft, NAMES), await readLora(kohya, NAMES)];
    for (const [layer, { A, B }] of MATRICES) {
      expect(kept.layers.get('unet')!.get(layer)).toEqual({ A, B, scale: 2 });
      // alpha / rank is 2, which doubles B exactly.
      expect(folded.layers.get('unet')!.get(layer)).toEqual({
        A,
        B: { ...B, data: B.data.map((value) => 2 * value) },
        scale: 1,
      });
    }
    expect(folded.baseModel).toBe(INFO.baseModel);
  });

  it('have the names and scalars that other tools expect', async () => {
    const file = path.join(folder, 'names.safetensors');
    await writeKohyaLora(file, LORA, INFO);
    const { tensors } = await openSafetensors(file);
    expect(tensors.size).toBe(3 * LAYERS.length);
    const alpha = tensors.get('lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_out_0.alpha')!;
    expect(await readTensor(alpha)).toEqual({ dtype: 'float32', shape: [], data: Float32Array.of(8) });
  });

  it('say what they are', async () => {
    const file = path.join(folder, 'info.safetensors');
    await writePeftLora(file, LORA, INFO);
    expect(loraFileInfo((await openSafetensors(file)).metadata, file)).toEqual(INFO);
  });
});

describe('an exported style', () => {
  it.each(['kohya', 'peft'] as const)('adds in the layout %s what the style adds', async (layout) => {
    const [source, out] = [path.join(folder, 'style.safetensors'), path.join(folder, `${layout}-out.safetensors`)];
    await writePeftLora(source, LORA, INFO);
    await exportLora(source, layout, out);
    expect((await readLora(out, NAMES)).layers.get('unet')!).toEqual(
      (await readLora(source, NAMES)).layers.get('unet')!,
    );
    expect(loraFileInfo((await openSafetensors(out)).metadata, out)).toEqual({ ...INFO, alpha: 4 });
  });

  it('must be one: files of other tools and layouts are refused', async () => {
    const source = path.join(folder, 'other.safetensors');
    const out = path.join(folder, 'none.safetensors');
    await writeSafetensors(source, loraTensors(LAYERS, MATRICES, LAYOUTS['diffusers/PEFT']));
    await expect(exportLora(source, 'kohya', out)).rejects.toMatchObject({ code: 'unsupported' });
    await writeKohyaLora(source, LORA, INFO);
    await expect(exportLora(source, 'kohya', out)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('is no name of a style'),
    });
  });
});
