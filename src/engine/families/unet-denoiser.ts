/** UNet2DConditionModel as a family's denoiser: `context` is the text, `guidance` the embedding of w. */
import { Module } from '../networks/module';
import { guidanceEmbedding, timestepSinusoid } from '../networks/embeddings';
import { buildUNet, unet, unetInputs } from '../networks/unet';
import type { UNetConfig } from '../networks/unet-config';
import { float32, type Tensor } from '../tensors/tensor';
import { partOf, type Conditioning, type DenoiserDesign, type DenoiserQuery } from './family';

export function unetDenoiser(config: UNetConfig, component: string): DenoiserDesign {
  const { inChannels, blockOutChannels, timeCondProjDim } = config;
  return {
    component,
    channels: inChannels,
    width: blockOutChannels[0] ?? 0,
    guidanceWidth: timeCondProjDim,
    graph: (weights, options) => buildUNet(config, weights, options),
    layOut: (g, weights, { sizes, lora }) => {
      const inputs = unetInputs(g, config, sizes);
      return { sample: inputs.sample, output: unet(new Module(g, weights, '', { lora }), config, inputs) };
    },
    tokens: (conditioning) => knownSize(partOf(conditioning, 'context'), 1),
    feeds: (query) => unetFeeds(config, query),
    guided: (conditioning, omegas) =>
      timeCondProjDim === undefined
        ? conditioning
        : { ...conditioning, guidance: guidanceRows(omegas, timeCondProjDim) },
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
    ...guidanceFeed(config, conditioning),
  };
}

/** A teacher may be shown the conditioning of its student, which takes guidance although the teacher does not. */
function guidanceFeed({ timeCondProjDim }: UNetConfig, { guidance }: Conditioning): Record<string, Tensor> {
  return timeCondProjDim === undefined || guidance === undefined ? {} : { timestep_cond: guidance };
}

/** [batch, width] */
function guidanceRows(omegas: readonly number[], width: number): Tensor<'float32'> {
  const rows = new Float32Array(omegas.length * width);
  omegas.forEach((omega, item) => {
    rows.set(guidanceEmbedding(omega, width), item * width);
  });
  return float32(rows, [omegas.length, width]);
}
