/** What a model makes of pictures whose style it is shown: tokens for its attention, and one vector beside its guidance embedding. */
import type { ModelComponent } from '../checkpoints/folder-parts';
import { readTensor } from '../checkpoints/safetensors';
import type { WeightSource } from '../checkpoints/weight-source';
import { buildStyleEncoder } from '../networks/style-encoder';
import { parseStyleEncoderConfig, type StyleEncoderConfig } from '../networks/style-encoder-config';
import { floatOutput } from '../runtime/outputs';
import { toFloat32 } from '../tensors/dtype';
import { float32, type Tensor } from '../tensors/tensor';
import { partOf, type StyleDesign } from './family';

export function styleReferences(config: StyleEncoderConfig, component: string): StyleDesign {
  return {
    component,
    width: config.pooled,
    latentSize: config.sampleSize,
    graph: (weights, form) => buildStyleEncoder(config, weights, { form }),
    shown: (outputs, scale) => ({
      image: floatOutput(outputs, 'tokens'),
      style: floatOutput(outputs, 'style'),
      scale: weightOf(scale),
    }),
    absent: async (weights) => ({
      image: await row(weights, 'no_tokens', [1, 1, config.crossAttentionDim]),
      style: await row(weights, 'no_style', [1, config.pooled]),
      scale: weightOf(1),
    }),
  };
}

export function parseStyleEncoder({ config, configFile }: ModelComponent): StyleEncoderConfig {
  return parseStyleEncoderConfig(config, configFile);
}

function weightOf(scale: number): Tensor<'float32'> {
  return float32([scale], [1, 1, 1]);
}

async function row(weights: WeightSource, name: string, shape: readonly number[]): Promise<Tensor<'float32'>> {
  return float32(toFloat32(await readTensor(partOf(Object.fromEntries(weights.tensors), name))), shape);
}
