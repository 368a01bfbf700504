import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { tensorToImage } from '../../../../src/engine/sampling/pixels';
import { openSafetensors, readTensor } from '../../../../src/engine/checkpoints/safetensors';
import { float32 } from '../../../../src/engine/tensors/tensor';

const GOLDEN = process.env['FOURSTEP_GOLDEN'] ?? path.resolve(import.meta.dirname, '../../../../../shared/golden');
const FILE = path.join(GOLDEN, 'pipeline/text2img_io.safetensors');

describe.skipIf(!existsSync(FILE))('golden set pipeline: pixels', () => {
  it.each(['n1', 'n2', 'n4', 'n8'])('%s: 8-bit pixels are bit for bit those of the reference', async (run) => {
    const { tensors } = await openSafetensors(FILE);
    const image = await readTensor(tensors.get(`${run}.image`)!);
    const expected = (await readTensor(tensors.get(`${run}.image_uint8`)!)).data as Uint8Array;
    const [count = 0, channels = 0, height = 0, width = 0] = image.shape;
    const size = channels * height * width;
    expect(count).toBeGreaterThan(0);
    for (let i = 0; i < count; i++) {
      // The set holds x / 2 + 0.5; tensorToImage takes x.
      const values = (image.data as Float32Array).slice(i * size, (i + 1) * size).map((value) => 2 * value - 1);
      const { data } = tensorToImage(float32(values, [1, channels, height, width]), { premultiplied: false });
      expect(data).toEqual(expected.slice(i * size, (i + 1) * size));
    }
  });
});
