import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WorkerClient } from '../../../src/host/worker-client';
import { decodeImage } from '../../../src/pictures/codec';
import { writeSafetensors } from '../../../src/engine/checkpoints/safetensors-writer';
import { float32 } from '../../../src/engine/tensors/tensor';
import type { GenerateParams, RebuildParams, Variant } from '../../../src/contract/worker-api';
import { BUILT_IN_MODEL } from '../../support/built-in-model';
import { writeBuiltInLora } from '../../support/built-in-lora';
import { containing, matching } from '../../support/matching';
import { job, startClient, temporaryFolder } from '../../support/worker-harness';

let client: WorkerClient;
let files: string;
let house: string;
let pixel: string;
let folder: string;
beforeAll(async () => {
  ({ client } = await startClient());
  files = temporaryFolder();
  house = await writeBuiltInLora(path.join(files, 'house.safetensors'), { seed: 1, ends: ['to_q', 'to_k', 'to_v'] });
  pixel = await writeBuiltInLora(path.join(files, 'pixel.safetensors'), {
    seed: 2,
    ends: ['to_out.0', 'conv1', 'fc1'],
  });
});
beforeEach(() => {
  folder = temporaryFolder();
});
afterAll(() => client.dispose());

async function draw(changes: Partial<GenerateParams>): Promise<Variant> {
  return (await client.request('generate', job(folder, changes))).variants[0]!;
}

/** The picture without what the recipe says about when it was made. */
async function pixels({ path: file }: Variant): Promise<Uint8Array> {
  return (await decodeImage(file)).image.data;
}

const lora = (file: string, weight: number) => ({ path: file, weight, name: path.parse(file).name });

describe('LoRAs in a job', () => {
  it('change the picture as strongly as they weigh, always in the same way', async () => {
    const plain = await pixels(await draw({}));
    const full = await pixels(await draw({ loras: [lora(house, 1)] }));
    const half = await pixels(await draw({ loras: [lora(house, 0.5)] }));
    const both = await pixels(await draw({ loras: [lora(house, 1), lora(pixel, 0.7)] }));
    const pictures = [plain, full, half, both].map((bytes) => Buffer.from(bytes).toString('base64'));
    expect(new Set(pictures).size).toBe(4);
    expect(await pixels(await draw({ loras: [lora(house, 1)] }))).toEqual(full);
    expect(await pixels(await draw({}))).toEqual(plain);
  });

  it('of weight 0 leave picture and recipe as they are without', async () => {
    const plain = await draw({});
    const zero = await draw({ loras: [lora(house, 0)] });
    expect(await pixels(zero)).toEqual(await pixels(plain));
    expect(zero.recipe).not.toHaveProperty('loras');
    expect(plain.recipe).not.toHaveProperty('loras');
  });

  it('stand in the recipe with hash and weight', async () => {
    const variant = await draw({ loras: [lora(house, 0.8), lora(pixel, -0.3)] });
    expect(variant.recipe.loras).toEqual([
      { name: 'house', sha256: matching(/^[0-9a-f]{64}$/), weight: 0.8 },
      { name: 'pixel', sha256: matching(/^[0-9a-f]{64}$/), weight: -0.3 },
    ]);
    const stored = await client.request('recipe', { path: variant.path });
    expect(stored.recipe).toEqual(variant.recipe);
    expect(stored.parameters).toContain('<lora:house:0.8> <lora:pixel:-0.3>\n');
  });

  it('that begin late leave the first step to the model, but never the last one', async () => {
    const late = { ...lora(house, 1), start: 0.2 };
    const first = async (loras: GenerateParams['loras'] & object): Promise<Buffer> => {
      const previews: string[] = [];
      const params = job(folder, { loras, previews: true });
      await client.request('generate', params, {
        onProgress: ({ previews: files = [] }) => {
          const [file] = files;
          if (file !== undefined) previews.push(file);
        },
      });
      return readFileSync(previews[0]!);
    };
    expect(await first([late])).toEqual(await first([]));
    expect(await first([lora(house, 1)])).not.toEqual(await first([]));

    const [plain, full, staged] = [
      await draw({}),
      await draw({ loras: [lora(house, 1)] }),
      await draw({ loras: [late] }),
    ];
    expect(staged.recipe.loras).toMatchObject([{ weight: 1, start: 0.2 }]);
    expect(full.recipe.loras?.[0]).not.toHaveProperty('start');
    expect(await pixels(staged)).not.toEqual(await pixels(plain));
    expect(await pixels(staged)).not.toEqual(await pixels(full));
    const single = { steps: 1, loras: [lora(house, 1)] };
    expect(await pixels(await draw({ ...single, loras: [late] }))).toEqual(await pixels(await draw(single)));
  });

  it('that begin one after the other add up step by step', async () => {
    const together = await draw({ loras: [lora(house, 1), { ...lora(pixel, 0.7), start: 0.4 }] });
    const early = await draw({
      loras: [
        { ...lora(house, 1), start: 0.2 },
        { ...lora(pixel, 0.7), start: 0.4 },
      ],
    });
    const late = await draw({
      loras: [
        { ...lora(house, 1), start: 0.2 },
        { ...lora(pixel, 0.7), start: 0.7 },
      ],
    });
    const pictures = await Promise.all([together, early, late].map(pixels));
    expect(new Set(pictures.map((bytes) => Buffer.from(bytes).toString('base64'))).size).toBe(3);
  });

  it('are refused with the reason, and the next job is served', async () => {
    const misfit = path.join(files, 'misfit.safetensors');
    const key = 'unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q';
    const thin = float32(new Float32Array(4 * 320), [4, 320]);
    await writeSafetensors(
      misfit,
      new Map([
        [`${key}.lora_A.weight`, thin],
        [`${key}.lora_B.weight`, float32(thin.data, [320, 4])],
      ]),
    );
    await expect(draw({ loras: [lora(misfit, 1)] })).rejects.toMatchObject({
      code: 'bad-checkpoint',
      message: matching(/misfit\.safetensors .*attn1\.to_q needs .*A \[rank, 256\] and B \[256, rank\].*\[4, 320\]/),
    });
    await expect(draw({ loras: [lora(house, 50)] })).rejects.toMatchObject({
      code: 'bad-request',
      message: containing('The weight of "house" is 50'),
    });
    await expect(draw({ loras: [{ ...lora(house, 1), start: 1 }] })).rejects.toMatchObject({
      code: 'bad-request',
      message: containing('The start of "house" is 1; expected'),
    });
    await expect(draw({ loras: [lora(path.join(files, 'no.safetensors'), 1)] })).rejects.toMatchObject({
      code: 'not-found',
    });
    const pickle = path.join(files, 'style.pt');
    writeFileSync(pickle, 'PK');
    await expect(draw({ loras: [lora(pickle, 1)] })).rejects.toMatchObject({ code: 'unsupported' });
    await expect(draw({})).resolves.toBeDefined();
  });

  it('trained for another model are used with a word about it', async () => {
    const other = await writeBuiltInLora(path.join(files, 'other.safetensors'), {
      seed: 3,
      ends: ['to_q'],
      metadata: { 'fourstep.base_model_sha256': 'a'.repeat(64) },
    });
    const { notices } = await client.request('generate', job(folder, { loras: [lora(other, 1)] }));
    expect(notices).toEqual([containing('"other" was trained for another model')]);
  });

  it('read again when their file has changed', async () => {
    const file = path.join(files, 'changing.safetensors');
    const before = await draw({ loras: [lora(await writeBuiltInLora(file, { seed: 4, ends: ['to_q'] }), 1)] });
    const after = await draw({ loras: [lora(await writeBuiltInLora(file, { seed: 5, ends: ['to_q'] }), 1)] });
    expect(after.recipe.loras?.[0]?.sha256).not.toBe(before.recipe.loras?.[0]?.sha256);
    expect(await pixels(after)).not.toEqual(await pixels(before));
  });
});

describe('a rebuild', () => {
  const params = (file: string, loraCandidates: readonly string[]): RebuildParams => ({
    jobId: 'rebuild',
    path: file,
    modelPath: BUILT_IN_MODEL,
    loraCandidates,
    device: 'cpu',
    outputDir: folder,
  });

  it('finds LoRAs by their hashes wherever they lie, and makes the identical picture', async () => {
    const variant = await draw({ loras: [{ ...lora(house, 0.8), start: 0.2 }, lora(pixel, 0.4)] });
    const moved = path.join(folder, 'renamed.safetensors');
    writeFileSync(moved, readFileSync(house));
    const candidates = [path.join(files, 'gone.safetensors'), pixel, moved];
    await expect(client.request('rebuild', params(variant.path, candidates))).resolves.toMatchObject({
      verdict: 'identical',
      maxDifference: 0,
    });
  });

  it('names the LoRA that is missing', async () => {
    const variant = await draw({ loras: [lora(house, 0.8)] });
    await expect(client.request('rebuild', params(variant.path, [pixel]))).rejects.toMatchObject({
      code: 'not-found',
      message: matching(/LoRA "house" \(SHA-256 [0-9a-f]{64}\), which is none of the 1 LoRAs here/),
    });
    await expect(client.request('rebuild', params(variant.path, []))).rejects.toMatchObject({
      message: containing('which is not given'),
    });
  });
});
