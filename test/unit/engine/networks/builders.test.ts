import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/domain/errors';
import { buildClipText } from '../../../../src/engine/networks/clip';
import { parseClipTextConfig } from '../../../../src/engine/networks/clip-config';
import type { Taps } from '../../../../src/engine/networks/module';
import { buildStyleEncoder } from '../../../../src/engine/networks/style-encoder';
import { parseStyleEncoderConfig } from '../../../../src/engine/networks/style-encoder-config';
import { buildTinyDecoder, buildTinyEncoder } from '../../../../src/engine/networks/taesd';
import { parseAutoencoderTinyConfig } from '../../../../src/engine/networks/taesd-config';
import { buildUNet } from '../../../../src/engine/networks/unet';
import { parseUNetConfig } from '../../../../src/engine/networks/unet-config';
import { buildVaeDecoder, buildVaeEncoder } from '../../../../src/engine/networks/vae';
import { parseAutoencoderKLConfig } from '../../../../src/engine/networks/vae-config';
import { checkGraph } from '../../../../src/engine/graph/check';
import type { Graph, GraphForm, Value } from '../../../../src/engine/graph/graph';
import { openWeights } from '../../../../src/engine/checkpoints/safetensors';
import { writeSafetensors } from '../../../../src/engine/checkpoints/safetensors-writer';
import { float32, type Tensor } from '../../../../src/engine/tensors/tensor';
import type { WeightSource } from '../../../../src/engine/checkpoints/weight-source';
import { tinyModel, tinyModelNames } from '../../../support/tiny-models';
import { ownFolder } from '../checkpoints/safetensors-bytes';

interface Opened {
  readonly config: unknown;
  readonly weights: WeightSource;
}

/** A tiny model on disk, with some tensors replaced (undefined: left out). */
async function opened(name: string, changes: Readonly<Record<string, Tensor | undefined>> = {}): Promise<Opened> {
  const { config, weights } = await tinyModel(name);
  const tensors = new Map(weights);
  for (const [key, tensor] of Object.entries(changes)) {
    if (!tensors.has(key)) throw new Error(`${name} has no tensor ${key} to change`);
    if (tensor === undefined) tensors.delete(key);
    else tensors.set(key, tensor);
  }
  const file = path.join(await ownFolder(), `${name}.safetensors`);
  await writeSafetensors(file, tensors);
  return { config, weights: await openWeights(file) };
}

type Build = (model: Opened, form?: GraphForm) => readonly Graph[];

const BUILD: Readonly<Record<string, Build>> = {
  unet: ({ config, weights }, form) => [buildUNet(parseUNetConfig(config, ''), weights, { ...(form && { form }) })],
  clip: ({ config, weights }, form) => [
    buildClipText(parseClipTextConfig(config, ''), weights, { pooled: 'plain', ...(form && { form }) }),
  ],
  vae: ({ config, weights }, form) =>
    [buildVaeEncoder, buildVaeDecoder].map((build) =>
      build(parseAutoencoderKLConfig(config, ''), weights, { ...(form && { form }) }),
    ),
  style: ({ config, weights }, form) => [
    buildStyleEncoder(parseStyleEncoderConfig(config, ''), weights, { ...(form && { form }) }),
  ],
  taesd: ({ config, weights }, form) =>
    [buildTinyEncoder, buildTinyDecoder].map((build) =>
      build(parseAutoencoderTinyConfig(config, ''), weights, { ...(form && { form }) }),
    ),
};
/** What stands for no references is read without a graph. */
const STANDS_FOR_NONE = /^no_(tokens|style)$/;

const build = (name: string, model: Opened, form?: GraphForm): readonly Graph[] =>
  BUILD[name.split('_')[0]!]!(model, form);

function refusal(act: () => unknown): UserError {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const signature = (values: readonly Value[]): string[] =>
  values.map(({ name, dtype, shape }) => `${name} ${dtype} [${shape.join(', ')}]`);

describe('inputs and outputs', () => {
  it('of a UNet with a guidance embedding have free batch, size and token count', async () => {
    const [graph] = build('unet_lists', await opened('unet_lists'));
    expect(signature(graph!.inputs)).toEqual([
      'sample float32 [batch, 5, height, width]',
      'timestep_sinusoid float32 [batch, 8]',
      'encoder_hidden_states float32 [batch, tokens, 10]',
      'timestep_cond float32 [batch, 6]',
    ]);
    expect(signature(graph!.outputs)).toEqual(['out_sample float32 [batch, 3, height, width]']);
  });

  it('of a UNet without one lack timestep_cond', async () => {
    const [graph] = build('unet_faint', await opened('unet_faint'));
    expect(graph!.inputs.map(({ name }) => name)).toEqual(['sample', 'timestep_sinusoid', 'encoder_hidden_states']);
  });

  it('of the text encoder have a free batch and the window of the config', async () => {
    const [graph] = build('clip_gelu', await opened('clip_gelu'));
    expect(signature(graph!.inputs)).toEqual(['input_ids int64 [batch, 6]']);
    expect(signature(graph!.outputs)).toEqual([
      'last_hidden_state float32 [batch, 6, 8]',
      'pooler_output float32 [batch, 8]',
    ]);
  });

  it('of the autoencoders have the channels of the config', async () => {
    const [encoder, decoder] = build('vae_rgba', await opened('vae_rgba'));
    expect(encoder!.inputs[0]!.shape).toEqual(['batch', 4, 'height', 'width']);
    expect(encoder!.outputs.map(({ name, shape }) => [name, shape[1]])).toEqual([
      ['mean', 3],
      ['logvar', 3],
    ]);
    expect(signature(decoder!.inputs)).toEqual(['latents float32 [batch, 3, height, width]']);
    expect(signature(decoder!.outputs)).toEqual(['sample float32 [batch, 4, 4*height, 4*width]']);
  });
});

/** Operators of ONNX Runtime's own domain: fast on the CPU, without a derivative rule, not on every provider. */
const FUSED = ['FusedMatMul', 'MultiHeadAttention'];

const operators = (graphs: readonly Graph[]): Set<string> =>
  new Set(graphs.flatMap(({ nodes }) => nodes.map(({ op }) => op)));

describe.each(tinyModelNames(''))('%s', (name) => {
  it.each<GraphForm>([
    { differentiable: true, provider: 'cpu' },
    { differentiable: true, provider: 'cuda' },
    { differentiable: false, provider: 'webgpu' },
  ])('has no fused operator in the form %o', async (form) => {
    const graphs = build(name, await opened(name), form);
    for (const graph of graphs) checkGraph(graph);
    expect([...operators(graphs)].filter((op) => FUSED.includes(op))).toEqual([]);
  });

  it('takes every weight of the checkpoint', async () => {
    const model = await opened(name);
    const graphs = build(name, model);
    for (const graph of graphs) checkGraph(graph);
    const used = graphs.flatMap(({ initializers }) =>
      initializers.flatMap((initializer) => (initializer.kind === 'external' ? [initializer.source.name] : [])),
    );
    const others = [...model.weights.tensors.keys()].filter((key) => !STANDS_FOR_NONE.test(key));
    expect(new Set(used)).toEqual(new Set(others));
  });
});

describe('the CPU form', () => {
  it('fuses self-attention and leaves attention to the text plain', async () => {
    const [graph] = build('unet_single', await opened('unet_single'));
    const fused = graph!.nodes.filter(({ op }) => op === 'MultiHeadAttention').map(({ name }) => name);
    expect(fused).toContain('mid_block.attentions.0.transformer_blocks.0.attn1.attend');
    expect(fused.filter((node) => node.includes('attn2'))).toEqual([]);
  });

  it('names nodes by module path, so that a printed graph reads like the checkpoint', async () => {
    const [graph] = build('unet_faint', await opened('unet_faint'));
    const names = new Set(graph!.nodes.map(({ name }) => name));
    for (const module of ['conv_in', 'down_blocks.0.resnets.0.conv1', 'up_blocks.0.upsamplers.0.conv']) {
      expect(names).toContain(module);
    }
  });

  it('gives the outputs of modules to whoever asks for them', async () => {
    const { config, weights } = await opened('unet_faint');
    const taps: Taps = new Map();
    buildUNet(parseUNetConfig(config, ''), weights, { taps });
    expect(taps.get('down_blocks.0')?.shape.slice(0, 2)).toEqual(['batch', 8]);
    expect(taps.get('mid_block.attentions.0.transformer_blocks.0.attn2')?.shape[2]).toBe(12);
  });
});

describe('a checkpoint that does not fit its config is refused, by file and tensor', () => {
  it.each([
    ['unet_lists', 'time_embedding.cond_proj.weight'],
    ['unet_lists', 'up_blocks.0.resnets.1.conv_shortcut.weight'],
    ['clip_gelu', 'text_model.final_layer_norm.bias'],
    ['vae_rgba', 'decoder.mid_block.attentions.0.to_out.0.bias'],
    ['taesd_rgba', 'encoder.layers.2.conv.0.weight'],
  ])('%s without %s', async (name, key) => {
    const model = await opened(name, { [key]: undefined });
    const error = refusal(() => build(name, model));
    expect(error.code).toBe('bad-checkpoint');
    expect(error.message).toContain(model.weights.origin);
    expect(error.message).toContain(`"${key}"`);
    expect(error.message).toContain('missing');
  });

  it.each([
    ['unet_faint', 'conv_in.weight', [8, 4, 3, 3], [8, 9, 3, 3]],
    ['unet_faint', 'conv_in.bias', [8], [8, 1]],
    ['clip_quick', 'text_model.embeddings.token_embedding.weight', [40, 12], [41, 12]],
    ['vae_faint', 'quant_conv.weight', [8, 8, 1, 1], [8, 8]],
    ['taesd_rgba', 'decoder.layers.0.weight', [6, 5, 3, 3], [5, 6, 3, 3]],
  ] as const)('%s with %s of another shape', async (name, key, expected, found) => {
    const tensor = float32(new Float32Array(found.reduce((size: number, dim) => size * dim, 1)), found);
    const model = await opened(name, { [key]: tensor });
    const error = refusal(() => build(name, model));
    expect(error.code).toBe('bad-checkpoint');
    for (const part of [model.weights.origin, `"${key}"`, `[${expected.join(', ')}]`, `[${found.join(', ')}]`]) {
      expect(error.message).toContain(part);
    }
  });

  it('quantised weights are unsupported, not taken for numbers', async () => {
    const tensor: Tensor = { dtype: 'int8', shape: [8], data: new Int8Array(8) };
    const model = await opened('unet_faint', { 'conv_in.bias': tensor });
    const error = refusal(() => build('unet_faint', model));
    expect(error.code).toBe('unsupported');
    expect(error.message).toContain('"conv_in.bias" is stored as int8');
  });
});
