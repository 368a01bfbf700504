/** Every builder against the committed reference numbers (test/fixtures/models), in each form of the graph. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildClipText } from '../../../../src/engine/networks/clip';
import { parseClipTextConfig } from '../../../../src/engine/networks/clip-config';
import { timestepSinusoid } from '../../../../src/engine/networks/embeddings';
import { buildStyleEncoder } from '../../../../src/engine/networks/style-encoder';
import { parseStyleEncoderConfig } from '../../../../src/engine/networks/style-encoder-config';
import { buildTinyDecoder, buildTinyEncoder } from '../../../../src/engine/networks/taesd';
import { parseAutoencoderTinyConfig } from '../../../../src/engine/networks/taesd-config';
import { buildUNet } from '../../../../src/engine/networks/unet';
import { parseUNetConfig } from '../../../../src/engine/networks/unet-config';
import { buildVaeDecoder, buildVaeEncoder } from '../../../../src/engine/networks/vae';
import { parseAutoencoderKLConfig } from '../../../../src/engine/networks/vae-config';
import type { Graph, GraphForm } from '../../../../src/engine/graph/graph';
import { createSession } from '../../../../src/engine/runtime/session';
import { float32ToBfloat16, float32ToFloat16, toFloat32 } from '../../../../src/engine/tensors/dtype';
import { openWeights } from '../../../../src/engine/checkpoints/safetensors';
import { writeSafetensors } from '../../../../src/engine/checkpoints/safetensors-writer';
import { float32, type Tensor } from '../../../../src/engine/tensors/tensor';
import type { WeightSource } from '../../../../src/engine/checkpoints/weight-source';
import { tinyModel, tinyModelNames, type TensorMap, type TinyModel } from '../../../support/tiny-models';

/** All three run on the CPU here; the operators differ. */
const FORMS: readonly GraphForm[] = [
  { differentiable: false, provider: 'cpu' },
  { differentiable: true, provider: 'cpu' },
  { differentiable: false, provider: 'webgpu' },
];
const [CPU] = FORMS as readonly [GraphForm];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fourstep-models-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function checkpoint(name: string, tensors: TensorMap): Promise<WeightSource> {
  const file = path.join(folder, `${name}.safetensors`);
  await writeSafetensors(file, tensors);
  return openWeights(file);
}

async function run(graph: Graph, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const session = await createSession(graph, { device: 'cpu', profile: 'mapped' });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

type Results = Readonly<Record<string, Tensor | undefined>>;
type Compute = (model: TinyModel, weights: WeightSource, form: GraphForm) => Promise<Results>;

const COMPUTE: Readonly<Record<string, Compute>> = {
  unet: async ({ config: json, io, name }, weights, form) => {
    const config = parseUNetConfig(json, name);
    const timesteps = [...io.get('timesteps')!.data].map(Number);
    const width = config.blockOutChannels[0]!;
    const sinusoid = float32(timestepSinusoid(timesteps, width, config), [timesteps.length, width]);
    const images = ['image_hidden_states', 'image_scale'];
    const given = ['sample', 'encoder_hidden_states', 'timestep_cond', ...images].filter((input) => io.has(input));
    const feeds = Object.fromEntries(given.map((input) => [input, io.get(input)!]));
    return run(buildUNet(config, weights, { form }), { ...feeds, timestep_sinusoid: sinusoid });
  },
  clip: async ({ config: json, io, name }, weights, form) => {
    const config = parseClipTextConfig(json, name);
    const feeds = { input_ids: io.get('input_ids')! };
    const skipped = await run(buildClipText(config, weights, { form, clipSkip: 1 }), feeds);
    const whole = await run(buildClipText(config, weights, { form, pooled: 'plain' }), feeds);
    return { ...whole, clip_skip_1: skipped['last_hidden_state'] };
  },
  style: async ({ config: json, io, name }, weights, form) =>
    run(buildStyleEncoder(parseStyleEncoderConfig(json, name), weights, { form }), {
      references: io.get('references')!,
    }),
  vae: async ({ config: json, io, name }, weights, form) => {
    const config = parseAutoencoderKLConfig(json, name);
    const encoded = await run(buildVaeEncoder(config, weights, { form }), { sample: io.get('x')! });
    const { sample } = await run(buildVaeDecoder(config, weights, { form }), { latents: io.get('z')! });
    return { ...encoded, decoded: sample };
  },
  taesd: async ({ config: json, io, name }, weights, form) => {
    const config = parseAutoencoderTinyConfig(json, name);
    const { latents } = await run(buildTinyEncoder(config, weights, { form }), { sample: io.get('x')! });
    const { sample } = await run(buildTinyDecoder(config, weights, { form }), { latents: io.get('z')! });
    return { encoded: latents, decoded: sample };
  },
};

function compute(model: TinyModel, weights: WeightSource, form: GraphForm): Promise<Results> {
  return COMPUTE[model.name.split('_')[0]!]!(model, weights, form);
}

function expectReference({ io, tolerances }: TinyModel, found: Results): void {
  for (const [output, tolerance] of Object.entries(tolerances)) {
    const expected = io.get(output)!;
    expect(found[output]?.shape, output).toEqual(expected.shape);
    expect(found[output]!.data as Float32Array, output).toBeAllclose(expected.data as Float32Array, tolerance);
  }
}

describe.each(tinyModelNames(''))('%s', (name) => {
  it.each(FORMS)('gives the reference numbers in the form %o', async (form) => {
    const model = await tinyModel(name);
    expectReference(model, await compute(model, await checkpoint(name, model.weights), form));
  });
});

describe('a UNet without a block in the middle', () => {
  it('gives the bytes of one whose middle adds nothing', async () => {
    const model = await tinyModel('unet_lists');
    // The last layers of the middle's residual additions.
    const adds = /^mid_block\.(resnets\.\d\.conv2|attentions\.0\.proj_out)\./;
    const idle = renamed(model.weights, (key, { data, shape }) => [
      key,
      adds.test(key) ? float32(new Float32Array(data.length), shape) : float32(data as Float32Array, shape),
    ]);
    const without = new Map([...model.weights].filter(([key]) => !key.startsWith('mid_block.')));
    const compressed = { ...model, config: { ...(model.config as object), mid_block_type: null } };
    const expected = await compute(model, await checkpoint('idle', idle), CPU);
    const found = await compute(compressed, await checkpoint('without', without), CPU);
    expect(found['out_sample']!.data).toEqual(expected['out_sample']!.data);
  });
});

/** The tensors with names and shapes changed. */
function renamed(weights: TensorMap, change: (key: string, tensor: Tensor) => readonly [string, Tensor]): TensorMap {
  return new Map([...weights].map(([key, tensor]) => change(key, tensor)));
}

describe('checkpoints as they are found', () => {
  const OLD_NAMES = { to_q: 'query', to_k: 'key', to_v: 'value', 'to_out.0': 'proj_attn' } as const;
  const old = (key: string): string =>
    key.replace(
      /(attentions\.0\.)(to_q|to_k|to_v|to_out\.0)/,
      (_, prefix: string, part: keyof typeof OLD_NAMES) => prefix + OLD_NAMES[part],
    );

  it.each([
    ['linear layers', (shape: readonly number[]) => shape],
    ['1x1 convolutions', (shape: readonly number[]) => (shape.length === 2 ? [...shape, 1, 1] : shape)],
  ])('an autoencoder with the old attention names as %s is the same model', async (_, reshape) => {
    const model = await tinyModel('vae_rgba');
    const weights = renamed(model.weights, (key, tensor) => {
      const name = old(key);
      return [name, name === key ? tensor : { ...tensor, shape: reshape(tensor.shape) }];
    });
    expect([...weights.keys()]).toContain('decoder.mid_block.attentions.0.proj_attn.weight');
    expectReference(model, await compute(model, await checkpoint('old', weights), CPU));
  });

  it('tensors the model does not use are ignored', async () => {
    const model = await tinyModel('clip_quick');
    const extra = float32([0], [1]);
    const weights = new Map([...model.weights, ['text_model.embeddings.position_ids', extra] as const]);
    expectReference(model, await compute(model, await checkpoint('extra', weights), CPU));
  });

  const halves: Readonly<Record<string, (data: Float32Array) => Omit<Tensor, 'shape'>>> = {
    float16: (data) => ({ dtype: 'float16', data: float32ToFloat16(data) }),
    bfloat16: (data) => ({ dtype: 'bfloat16', data: float32ToBfloat16(data) }),
    float64: (data) => ({ dtype: 'float64', data: Float64Array.from(data) }),
  };
  const cases = ['unet_lists', 'clip_gelu', 'vae_rgba', 'taesd_rgba'].flatMap((name) =>
    Object.keys(halves).map((dtype) => [name, dtype] as const),
  );
  it.each(cases)('%s stored as %s computes in float32 with the stored values', async (name, dtype) => {
    const model = await tinyModel(name);
    const stored = renamed(model.weights, (key, { data, shape }) => [
      key,
      { ...halves[dtype]!(data as Float32Array), shape },
    ]);
    const rounded = renamed(stored, (key, tensor) => [key, float32(toFloat32(tensor), tensor.shape)]);
    const found = await compute(model, await checkpoint(`${name}-${dtype}`, stored), CPU);
    const expected = await compute(model, await checkpoint(`${name}-rounded`, rounded), CPU);
    for (const [output, tolerance] of Object.entries(model.tolerances)) {
      expect(found[output]!.data as Float32Array, output).toBeAllclose(
        expected[output]!.data as Float32Array,
        tolerance,
      );
    }
  });
});
