/** AutoencoderTiny: a small convolutional autoencoder, used for previews and by the built-in model. */
import { CPU_FORM, GraphBuilder, type Graph, type Value } from '../graph/graph';
import { Add, Div, Mul, Relu, Sub, Tanh } from '../graph/ops/index';
import type { WeightSource } from '../checkpoints/weight-source';
import { conv, enlarge } from './layers';
import { knownDim, Module, type BuildOptions } from './module';
import type { AutoencoderTinyConfig } from './taesd-config';

/**
 * Input `sample` float32 [batch, in_channels, height, width] in [-1, 1].
 * Output `latents` [batch, latent_channels, height/f, width/f], not yet multiplied by scaling_factor.
 */
export function buildTinyEncoder(
  config: AutoencoderTinyConfig,
  weights: WeightSource,
  { form = CPU_FORM, taps }: BuildOptions = {},
): Graph {
  const g = new GraphBuilder('AutoencoderTiny.encode', form);
  const layers = new Layers(new Module(g, weights, 'encoder', { taps }));
  const sample = g.input('sample', 'float32', ['batch', config.inChannels, 'height', 'width']);
  let hidden = Div(g, Add(g, sample, 1, 'shifted'), 2, 'unit');
  config.numEncoderBlocks.forEach((blocks, stage) => {
    const channels = config.encoderBlockOutChannels[stage] ?? 0;
    const first = stage === 0;
    hidden = conv(layers.next(), hidden, channels, { kernel: 3, padding: 1, stride: first ? 1 : 2, bias: first });
    for (let i = 0; i < blocks; i++) hidden = block(layers.next(), hidden);
  });
  g.output('latents', conv(layers.next(), hidden, config.latentChannels, { kernel: 3, padding: 1 }));
  return g.finish();
}

/**
 * Input `latents` float32 [batch, latent_channels, height, width], already divided by scaling_factor.
 * Output `sample` float32 [batch, out_channels, f·height, f·width], about -1…1, not clamped.
 */
export function buildTinyDecoder(
  config: AutoencoderTinyConfig,
  weights: WeightSource,
  { form = CPU_FORM, taps }: BuildOptions = {},
): Graph {
  const g = new GraphBuilder('AutoencoderTiny.decode', form);
  const layers = new Layers(new Module(g, weights, 'decoder', { taps }));
  const latents = g.input('latents', 'float32', ['batch', config.latentChannels, 'height', 'width']);
  const bounded = Mul(g, Tanh(g, Div(g, latents, 3, 'latents.scaled'), 'latents.tanh'), 3, 'latents.bounded');
  let hidden = Relu(
    g,
    conv(layers.next(), bounded, config.decoderBlockOutChannels[0] ?? 0, { kernel: 3, padding: 1 }),
    'decoder.1',
  );
  layers.skip();
  config.numDecoderBlocks.forEach((blocks, stage) => {
    for (let i = 0; i < blocks; i++) hidden = block(layers.next(), hidden);
    const last = stage === config.numDecoderBlocks.length - 1;
    if (!last) hidden = enlarge(layers.next(), hidden, config.upsamplingScalingFactor);
    const out = last ? config.outChannels : (config.decoderBlockOutChannels[stage] ?? 0);
    hidden = conv(layers.next(), hidden, out, { kernel: 3, padding: 1, bias: last });
  });
  g.output('sample', Sub(g, Mul(g, hidden, 2, 'doubled'), 1, 'signed'));
  return g.finish();
}

/** Three convolutions with ReLU between, the input added, ReLU. */
function block(m: Module, x: Value): Value {
  const { g } = m;
  const channels = knownDim(x, 1);
  let hidden = x;
  for (const index of [0, 2, 4]) {
    hidden = conv(m.at(`conv.${index}`), hidden, channels, { kernel: 3, padding: 1 });
    if (index < 4) hidden = Relu(g, hidden, m.pathOf(`conv.${index + 1}`));
  }
  return m.tap(Relu(g, Add(g, hidden, x, m.pathOf('sum')), m.path));
}

/** torch's Sequential numbers activations and upsamplers too, so positions are counted, not computed. */
class Layers {
  #index = 0;

  constructor(readonly m: Module) {}

  next(): Module {
    return this.m.at(`layers.${this.#index++}`);
  }

  skip(): void {
    this.#index++;
  }
}
