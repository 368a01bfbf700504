import { describe, expect, it } from 'vitest';
import { tensorToImage } from '../../../../src/engine/sampling/pixels';
import { float32 } from '../../../../src/engine/tensors/tensor';
import { GoldenTensors, hasGolden } from '../../../support/golden';

describe.skipIf(!hasGolden)('golden pipelines (FOURSTEP_GOLDEN): pixels', () => {
  it('of 8 bits are bit for bit those of the reference, in every run', async () => {
    const io = await GoldenTensors.read('pipeline/text2img_io.safetensors');
    const runs = io.names
      .filter((name) => name.endsWith('.image_uint8'))
      .map((name) => name.replace('.image_uint8', ''));
    expect(runs.length).toBeGreaterThan(0);
    for (const run of runs) expectSame(io, run);
  });

  function expectSame(io: GoldenTensors, run: string): void {
    const image = io.float(`${run}.image`);
    const expected = io.tensor(`${run}.image_uint8`).data as Uint8Array;
    const [count = 0, channels = 0, height = 0, width = 0] = image.shape;
    const size = channels * height * width;
    expect(count).toBeGreaterThan(0);
    for (let i = 0; i < count; i++) {
      // The set holds x / 2 + 0.5; tensorToImage takes x.
      const values = image.data.slice(i * size, (i + 1) * size).map((value) => 2 * value - 1);
      const { data } = tensorToImage(float32(values, [1, channels, height, width]), { premultiplied: false });
      expect(data, `${run}, item ${i}`).toEqual(expected.slice(i * size, (i + 1) * size));
    }
  }
});
