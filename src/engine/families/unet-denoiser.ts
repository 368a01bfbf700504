/**
 * UNet2DConditionModel as a family's denoiser: `context` is the text, `guidance` the embedding of w. With references `image` are their
 * tokens, `scale` is their weight and `style` the vector that stands beside the guidance embedding. SDXL's takes `pooled` text too, and
 * the `sizes` of the picture where they are not those of an uncropped one.
 */
import { addedCondition } from '../networks/added-condition';
import { Module } from '../networks/module';
import { guidanceEmbedding, timestepSinusoid } from '../networks/embeddings';
import { buildUNet, unet, unetInputs } from '../networks/unet';
import type { UNetConfig } from '../networks/unet-config';
import { float32, joinedLast, type Tensor } from '../tensors/tensor';
import { partOf, type Conditioning, type DenoiserDesign, type DenoiserQuery } from './family';

export interface UNetDenoiserOptions {
  /** Pixels per latent pixel, on each side; of Stable Diffusion's autoencoders when absent. */
  readonly pixelFactor?: number;
  /** Of the vector of references, 0 for a model that takes none. */
  readonly styleWidth?: number | undefined;
}

export function unetDenoiser(
  config: UNetConfig,
  component: string,
  { pixelFactor = 8, styleWidth = 0 }: UNetDenoiserOptions = {},
): DenoiserDesign {
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
    feeds: (query) => ({ ...unetFeeds(config, query), ...additionFeed(config, query, pixelFactor) }),
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

function additionFeed(
  config: UNetConfig,
  { sample, conditioning }: DenoiserQuery,
  pixelFactor: number,
): Record<string, Tensor<'float32'>> {
  if (config.addition === undefined) return {};
  const sizes = conditioning['sizes'] ?? uncropped(sample, pixelFactor);
  return { added_cond: addedCondition(config, partOf(conditioning, 'pooled'), sizes) };
}

/** What SDXL is told of a picture that is as large as it was and shows all of it: [batch, 6]. */
function uncropped(sample: Tensor, pixelFactor: number): Tensor<'float32'> {
  const [batch, height, width] = [knownSize(sample, 0), knownSize(sample, 2), knownSize(sample, 3)];
  const size = [height * pixelFactor, width * pixelFactor];
  const row = [...size, 0, 0, ...size];
  return float32(Array.from({ length: batch }, () => row).flat(), [batch, row.length]);
}

/** A teacher may be shown the conditioning of its student, which takes guidance although the teacher does not. */
function timestepFeed(
  { timeCondProjDim }: UNetConfig,
  { guidance, style }: Conditioning,
): Record<string, Tensor<'float32'>> {
  if (timeCondProjDim === undefined || guidance === undefined) return {};
  return { timestep_cond: style === undefined ? guidance : joinedLast(guidance, style) };
}

/** [batch, width] */
function guidanceRows(omegas: readonly number[], width: number): Tensor<'float32'> {
  const rows = new Float32Array(omegas.length * width);
  omegas.forEach((omega, item) => {
    rows.set(guidanceEmbedding(omega, width), item * width);
  });
  return float32(rows, [omegas.length, width]);
}
