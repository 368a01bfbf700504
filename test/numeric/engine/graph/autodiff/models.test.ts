/** Gradients of whole models: text encoder, UNet, both autoencoders, against differences along random directions. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gradients } from '../../../../../src/engine/graph/autodiff/gradients';
import { buildClipText } from '../../../../../src/engine/networks/clip';
import { parseClipTextConfig } from '../../../../../src/engine/networks/clip-config';
import { timestepSinusoid } from '../../../../../src/engine/networks/embeddings';
import { buildStyleEncoder } from '../../../../../src/engine/networks/style-encoder';
import { parseStyleEncoderConfig } from '../../../../../src/engine/networks/style-encoder-config';
import { buildTinyDecoder, buildTinyEncoder } from '../../../../../src/engine/networks/taesd';
import { parseAutoencoderTinyConfig } from '../../../../../src/engine/networks/taesd-config';
import { buildUNet } from '../../../../../src/engine/networks/unet';
import { parseUNetConfig } from '../../../../../src/engine/networks/unet-config';
import { buildVaeDecoder, buildVaeEncoder } from '../../../../../src/engine/networks/vae';
import { parseAutoencoderKLConfig } from '../../../../../src/engine/networks/vae-config';
import { checkGraph } from '../../../../../src/engine/graph/check';
import type { Graph, GraphForm } from '../../../../../src/engine/graph/graph';
import { createSession, type Session } from '../../../../../src/engine/runtime/session';
import { normalNoise } from '../../../../../src/engine/tensors/noise';
import { openWeights } from '../../../../../src/engine/checkpoints/safetensors';
import { writeSafetensors } from '../../../../../src/engine/checkpoints/safetensors-writer';
import { float32, type Tensor } from '../../../../../src/engine/tensors/tensor';
import type { WeightSource } from '../../../../../src/engine/checkpoints/weight-source';
import { lossOf, outputLoss, slope } from '../../../../support/finite-differences';
import { replayed } from '../../../../support/replayed-graph';
import { tinyModel, tinyModelNames, type TinyModel } from '../../../../support/tiny-models';

const FORMS: readonly GraphForm[] = [
  { differentiable: true, provider: 'cpu' },
  { differentiable: true, provider: 'webgpu', backward: 'small' },
];
/** Of the slope along a direction; a whole model in float32 leaves about three digits of a difference. */
const TOLERANCE = 5e-3;
/** What the rounding of the outputs makes of a slope of zero. */
const NOISE = 5e-4;

interface ModelPart {
  readonly graph: Graph;
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Weights whose gradient is checked beside that of every float input. */
  readonly open: readonly string[];
}
type Parts = (model: TinyModel, weights: WeightSource, form: GraphForm) => readonly ModelPart[];

const PARTS: Readonly<Record<string, Parts>> = {
  unet: ({ config: json, io, name }, weights, form) => {
    const config = parseUNetConfig(json, name);
    const timesteps = [...io.get('timesteps')!.data].map(Number);
    const channels = config.blockOutChannels[0]!;
    const sinusoid = float32(timestepSinusoid(timesteps, channels, config), [timesteps.length, channels]);
    const images = ['image_hidden_states', 'image_scale'];
    const given = ['sample', 'encoder_hidden_states', 'timestep_cond', ...images].filter((input) => io.has(input));
    const feeds = Object.fromEntries(given.map((input) => [input, io.get(input)!]));
    const [batch = 1, , height = 1, width = 1] = io.get('sample')!.shape;
    // As trainings have them.
    const lengths = { tokens: io.get('encoder_hidden_states')!.shape[1]! };
    const image = io.get('image_hidden_states');
    const imageLengths = image === undefined ? {} : { image_tokens: image.shape[1]! };
    const sizes = { batch, height, width, ...lengths, ...imageLengths };
    return [
      {
        graph: buildUNet(config, weights, { form, sizes }),
        feeds: { ...feeds, timestep_sinusoid: sinusoid },
        open: ['conv_in.weight', 'time_embedding.linear_1.weight', 'conv_norm_out.weight'],
      },
    ];
  },
  style: ({ config: json, io, name }, weights, form) => [
    {
      graph: buildStyleEncoder(parseStyleEncoderConfig(json, name), weights, { form }),
      feeds: { references: io.get('references')! },
      open: ['conv_in.weight', 'position_embedding'],
    },
  ],
  clip: ({ config: json, io, name }, weights, form) => {
    const config = parseClipTextConfig(json, name);
    const open = [
      'text_model.embeddings.token_embedding.weight',
      'text_model.embeddings.position_embedding.weight',
      'text_model.encoder.layers.0.self_attn.v_proj.weight',
      'text_model.final_layer_norm.bias',
    ];
    const graph = buildClipText(config, weights, { form, pooled: 'plain' });
    return [{ graph, feeds: { input_ids: io.get('input_ids')! }, open }];
  },
  vae: ({ config: json, io, name }, weights, form) => {
    const config = parseAutoencoderKLConfig(json, name);
    return [
      {
        graph: buildVaeEncoder(config, weights, { form }),
        feeds: { sample: io.get('x')! },
        open: ['encoder.mid_block.resnets.1.conv2.weight'],
      },
      {
        graph: buildVaeDecoder(config, weights, { form }),
        feeds: { latents: io.get('z')! },
        open: ['decoder.conv_in.weight', 'decoder.conv_norm_out.bias'],
      },
    ];
  },
  taesd: ({ config: json, io, name }, weights, form) => {
    const config = parseAutoencoderTinyConfig(json, name);
    return [
      {
        graph: buildTinyEncoder(config, weights, { form }),
        feeds: { sample: io.get('x')! },
        open: ['encoder.layers.0.weight'],
      },
      { graph: buildTinyDecoder(config, weights, { form }), feeds: { latents: io.get('z')! }, open: [] },
    ];
  },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fourstep-gradients-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Feeds = Readonly<Record<string, Tensor>>;

async function expectGradients({ graph, feeds, open }: ModelPart, model: TinyModel, form: GraphForm): Promise<void> {
  const backward = backwardGraph(graph, open, form);
  checkGraph(backward);
  const all: Feeds = { ...feeds, ...Object.fromEntries(open.map((name) => [name, model.weights.get(name)!])) };
  const answers = await answersOf(backward, (session) => session.run(all));
  await answersOf(forwardGraph(graph, open, form), async (session) => {
    for (const [stream, name] of Object.keys(answers).entries()) {
      const gradient = answers[name]!.data as Float32Array;
      const { along, at } = alongDirection(session, all, name, { gradient, stream });
      const size = Math.sqrt(gradient.reduce((sum, part) => sum + part * part, 0) / gradient.length);
      const difference = Math.abs((await slope(at)) - along);
      expect(difference, `${graph.name}, ${name}`).toBeLessThan(NOISE + TOLERANCE * Math.max(size, Math.abs(along)));
      expect(size, `${graph.name}, ${name}: what is compared is more than noise`).toBeGreaterThan(NOISE);
    }
  });
}

async function answersOf<T>(graph: Graph, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await createSession(graph, { device: 'cpu', profile: 'mapped' });
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}

/** Outputs the gradients, each by the name of what it belongs to. */
function backwardGraph(graph: Graph, open: readonly string[], form: GraphForm): Graph {
  const { g, inputs, outputs } = replayed(graph, form, open);
  const wrt = [...inputs.filter(({ dtype }) => dtype === 'float32'), ...open.map((name) => g.inputNamed(name))];
  const results = gradients(g, lossOf(g, outputs), wrt);
  wrt.forEach(({ name }, index) => {
    g.output(`grad.${name}`, results[index]!);
  });
  return g.finish();
}

/** Outputs y0, y1, … alone. */
function forwardGraph(graph: Graph, open: readonly string[], form: GraphForm): Graph {
  const { g, outputs } = replayed(graph, form, open);
  outputs.forEach((output, k) => {
    g.output(`y${k}`, output);
  });
  return g.finish();
}

interface Direction {
  readonly gradient: Float32Array;
  readonly stream: number;
}

/** The slope that the gradient promises along a random direction of length 1, and the loss along it. */
function alongDirection(
  session: Session,
  feeds: Feeds,
  gradientName: string,
  { gradient, stream }: Direction,
): { readonly along: number; readonly at: (step: number) => Promise<number> } {
  const name = gradientName.slice('grad.'.length);
  const { data, shape } = feeds[name] as Tensor<'float32'>;
  const direction = normalNoise(3, stream, data.length).map((value) => value / Math.sqrt(data.length));
  return {
    along: gradient.reduce((sum, part, i) => sum + part * direction[i]!, 0),
    at: (step) => {
      const moved = data.map((value, i) => value + step * direction[i]!);
      return outputLoss(session, { ...feeds, [name]: float32(moved, shape) });
    },
  };
}

/** The faint models have activations so small that their slopes drown in rounding. */
const names = tinyModelNames('').filter((name) => !name.endsWith('_faint'));

describe.each(names)('gradients of %s', { timeout: 180_000 }, (name) => {
  it.each(FORMS)('of its inputs and of weights, in the form %o', async (form) => {
    const model = await tinyModel(name);
    const file = path.join(folder, `${name}.safetensors`);
    await writeSafetensors(file, model.weights);
    for (const part of PARTS[name.split('_')[0]!]!(model, await openWeights(file), form)) {
      await expectGradients(part, model, form);
    }
  });
});
