import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/domain/errors';
import type { AdaptableLayer } from '../../../../src/engine/lora/layer-names';
import type { LowRankLayers } from '../../../../src/engine/lora/loaded-lora';
import { readLora } from '../../../../src/engine/lora/read-lora';
import { float32ToBfloat16, float32ToFloat16 } from '../../../../src/engine/tensors/dtype';
import { writeSafetensors } from '../../../../src/engine/checkpoints/safetensors-writer';
import { float32, int64, type Tensor } from '../../../../src/engine/tensors/tensor';
import { LAYOUTS, kohyaKeys, layersOf, loraTensors, namesOf, randomLora, tinyBase } from '../../../support/lora-files';
import { ownFolder } from '../checkpoints/safetensors-bytes';

const BASE = tinyBase('unet_single');
const NAMES = namesOf(BASE);
const LAYERS = layersOf(BASE);
const RANK = 3;
const MATRICES = randomLora(LAYERS, RANK);

let folder: string;
beforeAll(async () => {
  folder = await ownFolder();
});

async function written(tensors: ReadonlyMap<string, Tensor>, metadata: Record<string, string> = {}): Promise<string> {
  const file = path.join(await ownFolder(), 'style.safetensors');
  await writeSafetensors(file, tensors, metadata);
  return file;
}

/** One layer's tensors in kohya's layout, for changing. */
function kohyaOf(end: string): { layer: AdaptableLayer; tensors: Map<string, Tensor>; keys: [string, string, string] } {
  const layer = LAYERS.find(({ path: name }) => name.endsWith(end))!;
  return {
    layer,
    tensors: loraTensors([layer], MATRICES, LAYOUTS.kohya, 1.5),
    keys: kohyaKeys('lora_unet', layer.path),
  };
}

async function refusal(file: string): Promise<UserError> {
  const error: unknown = await readLora(file, NAMES).then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

function near(value: number): number {
  return expect.closeTo(value, 12) as number;
}

function expectSame(found: LowRankLayers, component: AdaptableLayer['component'], scale: number): void {
  const expected = LAYERS.filter((layer) => layer.component === component);
  expect(found.size).toBe(expected.length);
  for (const layer of expected) {
    const { A, B } = MATRICES.get(layer.path)!;
    expect(found.get(layer.path), layer.path).toEqual({ A, B, scale });
  }
}

describe('reading a LoRA', () => {
  it.each(Object.entries(LAYOUTS))('finds every layer of UNet and text encoder: %s', async (_name, names) => {
    const lora = await readLora(await written(loraTensors(LAYERS, MATRICES, names)), NAMES);
    expectSame(lora.layers.get('unet')!, 'unet', 1);
    expectSame(lora.layers.get('text_encoder')!, 'text_encoder', 1);
  });

  it.each(['diffusers, down and up', 'kohya'] as const)('takes alpha from the file: %s', async (layout) => {
    const lora = await readLora(await written(loraTensors(LAYERS, MATRICES, LAYOUTS[layout], 1.5)), NAMES);
    expectSame(lora.layers.get('unet')!, 'unet', 0.5);
  });

  it('takes alpha from the metadata that diffusers writes, for each part of the model', async () => {
    const tensors = loraTensors(LAYERS, MATRICES, LAYOUTS['diffusers/PEFT']);
    const adapter = JSON.stringify({ 'unet.lora_alpha': 6, 'unet.r': 3 });
    const lora = await readLora(await written(tensors, { lora_adapter_metadata: adapter }), NAMES);
    expectSame(lora.layers.get('unet')!, 'unet', 2);
    expectSame(lora.layers.get('text_encoder')!, 'text_encoder', 1);
  });

  it('follows rank-stabilised scales and alpha patterns in the metadata that diffusers writes', async () => {
    const tensors = loraTensors(LAYERS, MATRICES, LAYOUTS['diffusers/PEFT']);
    const [first, second] = LAYERS.filter(({ component }) => component === 'unet').map((layer) => layer.path);
    const scales = async (adapter: object): Promise<(number | undefined)[]> => {
      const file = await written(tensors, { lora_adapter_metadata: JSON.stringify(adapter) });
      const unet = (await readLora(file, NAMES)).layers.get('unet')!;
      return [unet.get(first ?? '')?.scale, unet.get(second ?? '')?.scale];
    };
    const root = Math.sqrt(3);
    expect(await scales({ 'unet.lora_alpha': 6, 'unet.use_rslora': true })).toEqual([6 / root, 6 / root].map(near));
    const pattern = { 'unet.lora_alpha': 6, 'unet.alpha_pattern': { [first ?? '']: 12, 'no.such.layer': 1 } };
    expect(await scales(pattern)).toEqual([4, 2]);
    expect(await scales({ ...pattern, 'unet.alpha_pattern': { [`^${first?.replaceAll('.', '\\.')}$`]: 12 } })).toEqual([
      4, 2,
    ]);
    await expect(scales({ 'unet.lora_alpha': 6, 'unet.alpha_pattern': { '(.*)+to_q': 1 } })).rejects.toThrow(
      /names of layers only/,
    );
    await expect(scales({ 'unet.lora_alpha': 6, 'unet.use_dora': true })).rejects.toThrow(/"use_dora"/);
  });

  it('takes an alpha that is a whole number, and text encoders that are numbered', async () => {
    const { layer, tensors, keys } = kohyaOf('.attn1.to_q');
    const whole = new Map(tensors).set(keys[2], int64([6], []));
    expect((await readLora(await written(whole), NAMES)).layers.get('unet')!.get(layer.path)?.scale).toBe(2);
    const text = LAYERS.filter(({ component }) => component === 'text_encoder');
    const numbered = [...loraTensors(text, MATRICES, LAYOUTS.kohya)].map(
      ([key, tensor]) => [key.replace('lora_te_', 'lora_te1_'), tensor] as const,
    );
    expect((await readLora(await written(new Map(numbered)), NAMES)).layers.get('text_encoder')!.size).toBe(
      text.length,
    );
  });

  it('takes the only file of a folder, whatever its name is', async () => {
    const file = await written(kohyaOf('.attn1.to_q').tensors);
    expect((await readLora(path.dirname(file), NAMES)).layers.get('unet')!.size).toBe(1);
    await writeFile(path.join(path.dirname(file), 'other.safetensors'), '');
    expect(await refusal(path.dirname(file))).toMatchObject({
      message: expect.stringContaining('2 files that may be'),
    });
  });

  it.each([
    ['GLoRA', 'a1.weight'],
    ['OFT', 'oft_blocks'],
    ['BOFT', 'boft_R'],
    ['LoKr', 'lokr_w1'],
    ['trained normalisation layers', 'w_norm'],
    ['a trained scale', 'scalar'],
    ['VeRA', 'vera_lambda_b'],
    ['AdaLoRA', 'lora_E'],
  ])('names the method that a file uses: %s', async (method, end) => {
    const { tensors } = kohyaOf('.attn1.to_q');
    tensors.set(`lora_unet_mid_block_attentions_0_proj_in.${end}`, float32([1], [1]));
    expect(await refusal(await written(tensors))).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining(`holds ${method}`),
    });
  });

  it.each([
    [{ r: 3, lora_alpha: 6 }, 2],
    [{ r: 3, lora_alpha: 6, use_rslora: true, bias: 'none', peft_type: 'LORA' }, 6 / Math.sqrt(3)],
  ])("takes alpha from the config in a PEFT adapter's folder: %j", async (config, scale) => {
    const adapter = await ownFolder();
    const unet = LAYERS.filter(({ component }) => component === 'unet');
    const tensors = loraTensors(unet, MATRICES, ({ path: name }) => [
      `base_model.model.${name}.lora_A.weight`,
      `base_model.model.${name}.lora_B.weight`,
    ]);
    await writeSafetensors(path.join(adapter, 'adapter_model.safetensors'), tensors);
    await writeFile(path.join(adapter, 'adapter_config.json'), JSON.stringify(config));
    const lora = await readLora(adapter, NAMES);
    expect(lora.layers.get('unet')!.get(unet[0]!.path)?.scale).toBeCloseTo(scale, 12);
    await writeFile(path.join(adapter, 'adapter_config.json'), JSON.stringify({ ...config, use_dora: true }));
    expect(await refusal(adapter)).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('"use_dora"'),
    });
  });

  it.each(['float16', 'bfloat16'] as const)('reads %s', async (dtype) => {
    const convert = dtype === 'float16' ? float32ToFloat16 : float32ToBfloat16;
    const { layer, tensors } = kohyaOf('.conv1');
    const half = [...tensors].map(
      ([name, { data, shape }]) =>
        [name, { dtype, shape, data: convert(data as Float32Array) } satisfies Tensor] as const,
    );
    const { A, B, scale } = (await readLora(await written(new Map(half)), NAMES)).layers.get('unet')!.get(layer.path)!;
    expect(scale).toBe(0.5);
    expect(A.data).toBeAllclose(MATRICES.get(layer.path)!.A.data, 0.01);
    expect(B.shape).toEqual([9, RANK, 1, 1]);
  });

  it('takes a 1×1 convolution that is stored as a linear layer', async () => {
    const { layer, tensors, keys } = kohyaOf('.proj_in');
    const flat = (name: string): Tensor => ({ ...tensors.get(name)!, shape: tensors.get(name)!.shape.slice(0, 2) });
    const lora = await readLora(
      await written(
        new Map([
          [keys[0], flat(keys[0])],
          [keys[1], flat(keys[1])],
        ]),
      ),
      NAMES,
    );
    expect(lora.layers.get('unet')!.get(layer.path)).toEqual({ ...MATRICES.get(layer.path)!, scale: 1 });
  });

  it('says what it was trained for, where the file does', async () => {
    const { tensors } = kohyaOf('.to_q');
    expect((await readLora(await written(tensors), NAMES)).baseModel).toBeUndefined();
    const file = await written(tensors, { 'fourstep.base_model_sha256': 'ab' });
    expect((await readLora(file, NAMES)).baseModel).toBe('ab');
  });
});

describe('a LoRA that does not fit', () => {
  it('is refused with the first layer and both shapes', async () => {
    const { layer, tensors, keys } = kohyaOf('.attn1.to_q');
    tensors.set(keys[0], float32(new Float32Array(RANK * 320), [RANK, 320]));
    const { code, message } = await refusal(await written(tensors));
    expect(code).toBe('bad-checkpoint');
    expect(message).toContain('style.safetensors does not fit this model');
    expect(message).toContain(`${layer.path} needs the matrices A [rank, 9] and B [9, rank]`);
    expect(message).toContain('the file has [3, 320] and [9, 3]');
  });

  it('is refused when its two ranks differ', async () => {
    const { tensors, keys } = kohyaOf('.attn1.to_q');
    tensors.set(keys[1], float32(new Float32Array(9 * 4), [9, 4]));
    expect((await refusal(await written(tensors))).message).toContain('the file has [3, 9] and [9, 4]');
  });

  it('is refused with the first name that belongs to no layer, and how many there are', async () => {
    const { tensors } = kohyaOf('.attn1.to_q');
    for (const block of [3, 4])
      tensors.set(`lora_unet_input_blocks_${block}_9_x.lora_down.weight`, float32([1], [1, 1]));
    const { code, message } = await refusal(await written(tensors));
    expect(code).toBe('bad-checkpoint');
    expect(message).toContain(
      '2 of its 5 tensors belong to no layer of it; the first is "lora_unet_input_blocks_3_9_x',
    );
  });

  it.each([
    ['a checkpoint', new Map([['conv_in.weight', float32([1], [1, 1])]]), 'bad-checkpoint', 'is no LoRA'],
    ['an empty file', new Map<string, Tensor>(), 'bad-checkpoint', 'is empty'],
    [
      'a LoHa',
      new Map([['lora_unet_mid_block_attentions_0_proj_in.hada_w1_a', float32([1], [1, 1])]]),
      'unsupported',
      'holds LoHa',
    ],
  ])('is refused when it is %s', async (_name, tensors, code, text) => {
    expect(await refusal(await written(tensors))).toMatchObject({ code, message: expect.stringContaining(text) });
  });

  it('is refused when half of a layer is missing, twice there, no number, or stored as integers', async () => {
    const broken = async (change: (tensors: Map<string, Tensor>, keys: string[]) => void): Promise<UserError> => {
      const { tensors, keys } = kohyaOf('.attn1.to_q');
      change(tensors, keys);
      return refusal(await written(tensors));
    };
    expect((await broken((tensors, [, B = '']) => tensors.delete(B))).message).toContain('lacks its matrix B (up)');
    const twice = await broken((tensors, [A = '']) => {
      const { path: name } = kohyaOf('.attn1.to_q').layer;
      tensors.set(`unet.${name}.lora_A.weight`, tensors.get(A)!);
    });
    expect(twice.message).toContain('twice, under two names');
    const noNumber = await broken((tensors, [A = '']) => {
      (tensors.get(A)!.data as Float32Array)[0] = NaN;
    });
    expect(noNumber.message).toContain('values that are no numbers');
    const integers = await broken((tensors, [A = '']) => tensors.set(A, int64(new Array<number>(27).fill(1), [3, 9])));
    expect(integers).toMatchObject({ code: 'unsupported', message: expect.stringContaining('stored as int64') });
    const many = await broken((tensors, [, , alpha = '']) => tensors.set(alpha, float32([1, 2], [2])));
    expect(many.message).toContain('holds 2 numbers, expected one');
  });

  it('is refused when it is a pickle file, missing, or a folder without one', async () => {
    const pickle = path.join(folder, 'style.pt');
    await writeFile(pickle, 'PK');
    expect(await refusal(pickle)).toMatchObject({ code: 'unsupported', message: expect.stringContaining('pickle') });
    expect((await refusal(path.join(folder, 'no.safetensors'))).code).toBe('not-found');
    await mkdir(path.join(folder, 'empty'));
    expect((await refusal(path.join(folder, 'empty'))).message).toContain('holds no LoRA');
  });

  it('never crashes the reader, whatever its names and shapes are', async () => {
    const file = path.join(folder, 'any.safetensors');
    const key = fc.oneof(
      fc
        .constantFrom(...[...NAMES.keys()].slice(0, 40))
        .chain((name) =>
          fc
            .constantFrom('lora_A.weight', 'lora_B.weight', 'lora_down.weight', 'lora_up.weight', 'alpha')
            .map((end) => `${name}.${end}`),
        ),
      fc.string({ maxLength: 30 }).filter((name) => !name.startsWith('__') && name.isWellFormed()),
    );
    const shape = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(key, shape), { selector: ([name]) => name, maxLength: 6 }),
        async (all) => {
          const tensors = all.map(
            ([name, dims]) =>
              [name, float32(new Float32Array(dims.reduce((size, dim) => size * dim, 1)), dims)] as const,
          );
          await writeSafetensors(file, new Map(tensors));
          await readLora(file, NAMES).catch((error: unknown) => {
            expect(error).toBeInstanceOf(UserError);
          });
        },
      ),
      { numRuns: 150 },
    );
  });
});
