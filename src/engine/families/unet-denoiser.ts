/**
 * UNet2DConditionModel as a family's denoiser: `context` is the text, `guidance` the embedding of w. With references `image` are their
 * tokens, `scale` is their weight and `style` the vector that stands beside the guidance embedding.
 */
import { Module } from '../networks/module';
import { guidanceEmbedding, timestepSinusoid } from '../networks/embeddings';
import { buildUNet, unet, unetInputs } from '../networks/unet';
import type { UNetConfig } from '../networks/unet-config';
import { float32, type Tensor } from '../tensors/tensor';
import { partOf, type Conditioning, type DenoiserDesign, type DenoiserQuery } from './family';

/** `styleWidth`: of the vector of references, 0 for a model that takes none. */
export function unetDenoiser(config: UNetConfig, component: string, styleWidth = 0): DenoiserDesign {
  const { inChannels, blockOutChannels, timeCondProjDim } = config;
  const guidanceWidth = timeCondProjDim === undefined ? undefined : timeCondProjDim - styleWidth;
  return {
    component,
    channels: inChannels,
    width: blockOutChannels[0] ?? 0,
    guidanceWidth,
    graph: (weights, options) => buildUNet(config, weights, options),
    layOut: (g, weights, { sizes, lora }) => {
      const inputs = unetInputs(g, config, sizes);
      return { sample: inputs.sample, output: unet(new Module(g, weights, '', { lora }), config, inputs) };
    },
    lengths: (conditioning) => ({
      tokens: knownSize(partOf(conditioning, 'context'), 1),
      ...(config.imageAttention ? { image_tokens: knownSize(partOf(conditioning, 'image'), 1) } : {}),
    }),
    feeds: (query) => unetFeeds(config, query),
    guided: (conditioning, omegas) =>
      guidanceWidth === undefined ? conditioning : { ...conditioning, guidance: guidanceRows(omegas, guidanceWidth) },
  };
}

function knownSize({ shape }: Tensor, axis: number): number {
  const size = shape[axis];
  if (size === undefined) throw new Error(`The tensor [${shape.join(', ')}] has no axis ${axis}.`);
  return size;
}

function unetFeeds(config: UNetConfig, { sample, timesteps, conditioning }: DenoiserQuery): Record<string, Tensor> {
  const width = config.blockOutChannels[0] ?? 0;
  return {
    sample,
    timestep_sinusoid: float32(timestepSinusoid(timesteps, width, config), [timesteps.length, width]),
    encoder_hidden_states: partOf(conditioning, 'context'),
    ...timestepFeed(config, conditioning),
    ...imageFeeds(config, conditioning),
  };
}

function imageFeeds({ imageAttention }: UNetConfig, conditioning: Conditioning): Record<string, Tensor> {
  if (!imageAttention) return {};
  return { image_hidden_states: partOf(conditioning, 'image'), image_scale: partOf(conditioning, 'scale') };
}

/** A teacher may be shown the conditioning of its student, which takes guidance although the teacher does not. */
function timestepFeed(
  { timeCondProjDim }: UNetConfig,
  { guidance, style }: Conditioning,
): Record<string, Tensor<'float32'>> {
  if (timeCondProjDim === undefined || guidance === undefined) return {};
  return { timestep_cond: style === undefined ? guidance : sideBySide(guidance, style) };
}

/** [batch, a] and [batch, b] → [batch, a + b] */
function sideBySide(left: Tensor<'float32'>, right: Tensor<'float32'>): Tensor<'float32'> {
  const [batch = 1, a = 0] = left.shape;
  const b = knownSize(right, 1);
  const data = new Float32Array(batch * (a + b));
  for (let item = 0; item < batch; item++) {
    data.set(left.data.subarray(item * a, (item + 1) * a), item * (a + b));
    data.set(right.data.subarray(item * b, (item + 1) * b), item * (a + b) + a);
  }
  return float32(data, [batch, a + b]);
}

/** [batch, width] */
function guidanceRows(omegas: readonly number[], width: number): Tensor<'float32'> {
  const rows = new Float32Array(omegas.length * width);
  omegas.forEach((omega, item) => {
    rows.set(guidanceEmbedding(omega, width), item * width);
  });
  return float32(rows, [omegas.length, width]);
}
