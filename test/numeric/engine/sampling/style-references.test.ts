import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../../../../src/engine/families/open-model';
import type { DiffusionModel } from '../../../../src/engine/sampling/diffusion-model';
import { loadModel } from '../../../../src/engine/sampling/load';
import type { PipelineRequest } from '../../../../src/engine/sampling/request';
import type { RawImage } from '../../../../src/pictures/raw';
import { writeModelLora } from '../../../support/ordinary-model';
import { writeStyledModel, writeTinyModel } from '../../../support/tiny-pipeline';
import { temporaryFolder } from '../../../support/worker-harness';

const REQUEST: PipelineRequest = {
  prompt: 'a red house',
  negativePrompt: '',
  seeds: [1],
  steps: 4,
  guidance: 3,
  sampler: 'lcm',
  width: 64,
  height: 64,
};

/** A square of one colour, straight alpha. */
function square(colour: readonly [number, number, number], side: number): RawImage {
  const data = new Uint8Array(64 * 64 * 4);
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) data.set([...colour, 255], 4 * (64 * y + x));
  return { width: 64, height: 64, channels: 4, data };
}

const REFERENCES = [square([200, 30, 30], 40), square([20, 80, 160], 20), square([0, 0, 0], 64)] as const;

describe('a model that follows reference pictures', () => {
  let folder: string;
  let model: DiffusionModel;
  beforeAll(async () => {
    folder = await writeStyledModel(temporaryFolder());
    model = await loadModel(await openModel(folder), { device: 'cpu', cacheFolder: temporaryFolder() });
  });
  afterAll(() => model.release());

  type Loras = Parameters<DiffusionModel['withLoras']>[0];
  const draw = async (references: readonly RawImage[], scale?: number, loras: Loras = []): Promise<Uint8Array> => {
    const style = references.length === 0 ? undefined : await model.readStyle(references, scale);
    const { images } = await model.withLoras(loras, style).generate(REQUEST);
    return Uint8Array.from(images[0]!.data);
  };

  it('draws another picture with them than without, the same one every time', async () => {
    const plain = await draw([]);
    const styled = await draw(REFERENCES);
    expect(styled).not.toEqual(plain);
    expect(await draw(REFERENCES)).toEqual(styled);
    expect(await draw([])).toEqual(plain);
  });

  it('tells other references apart, and their number', async () => {
    const [first, second] = REFERENCES;
    const pictures = [await draw([first]), await draw([second]), await draw([first, second])];
    expect(new Set(pictures.map(String)).size).toBe(3);
  });

  it('does not mind their order, to within rounding', async () => {
    const [first, second, third] = REFERENCES;
    const [a, b] = [await draw([first, second, third]), await draw([third, first, second])];
    expect(Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))).toBeLessThanOrEqual(1);
  });

  it('weighs them by the scale', async () => {
    const pictures = [await draw(REFERENCES, 1), await draw(REFERENCES, 0.5), await draw(REFERENCES, 0)];
    expect(new Set(pictures.map(String)).size).toBe(3);
  });

  it('follows them with a LoRA on top as well', async () => {
    const lora = await model.readLora(await writeModelLora(folder, 'lora.safetensors', /attn2/, 1));
    const applied = [{ lora, weight: 1 }];
    const [adapted, both] = [await draw([], 1, applied), await draw(REFERENCES, 1, applied)];
    expect(both).not.toEqual(adapted);
    expect(both).not.toEqual(await draw(REFERENCES));
  });

  it('keeps the guidance beside the style', async () => {
    const style = await model.readStyle(REFERENCES);
    const at = async (guidance: number): Promise<string> =>
      String((await model.withLoras([], style).generate({ ...REQUEST, guidance })).images[0]!.data);
    expect(await at(3)).not.toEqual(await at(6));
  });

  it('refuses an empty list of references', async () => {
    await expect(model.readStyle([])).rejects.toThrow('No reference pictures were given');
  });
});

describe('a model without a style encoder', () => {
  it('refuses references by name', async () => {
    const folder = await writeTinyModel(temporaryFolder());
    const model = await loadModel(await openModel(folder), { device: 'cpu', cacheFolder: temporaryFolder() });
    await expect(model.readStyle(REFERENCES)).rejects.toThrow(`${folder} does not follow reference pictures`);
    await model.release();
  });
});

describe('a folder of which only one part knows references', () => {
  it('is refused when the style encoder is missing', async () => {
    const folder = await writeStyledModel(temporaryFolder());
    rmSync(path.join(folder, 'style_encoder'), { recursive: true });
    await expect(openModel(folder)).rejects.toThrow('style_encoder');
  });
});
