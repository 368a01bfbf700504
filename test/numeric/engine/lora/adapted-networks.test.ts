/** Low-rank additions as graph inputs give what merged weights give, in UNet and text encoder, for several LoRAs at once. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Lora, LowRankLayers } from '../../../../src/engine/lora/loaded-lora';
import { mixLoras } from '../../../../src/engine/lora/mix-loras';
import { buildClipText } from '../../../../src/engine/networks/clip';
import { parseClipTextConfig } from '../../../../src/engine/networks/clip-config';
import { timestepSinusoid } from '../../../../src/engine/networks/embeddings';
import { buildUNet } from '../../../../src/engine/networks/unet';
import { parseUNetConfig } from '../../../../src/engine/networks/unet-config';
import type { Graph } from '../../../../src/engine/graph/graph';
import { createSession } from '../../../../src/engine/runtime/session';
import { normalNoise } from '../../../../src/engine/tensors/noise';
import { openWeights } from '../../../../src/engine/checkpoints/safetensors';
import { writeSafetensors } from '../../../../src/engine/checkpoints/safetensors-writer';
import { float32, int64, sizeOf, type Tensor } from '../../../../src/engine/tensors/tensor';
import type { WeightSource } from '../../../../src/engine/checkpoints/weight-source';
import { layersOf, merged, randomLora, tinyBase } from '../../../support/lora-files';
import { tinyConfig, tinyModel, type TensorMap } from '../../../support/tiny-models';
import { temporaryFolder } from '../../../support/worker-harness';

function asLora(component: 'unet' | 'text_encoder', layers: LowRankLayers): Lora {
  return { layers: new Map([[component, layers]]), origin: 'test', baseModel: undefined };
}

async function onDisk(weights: TensorMap): Promise<WeightSource> {
  const file = path.join(temporaryFolder(), 'weights.safetensors');
  await writeSafetensors(file, weights);
  return openWeights(file);
}

/** The weights with all LoRAs added. */
function mergedWeights(weights: TensorMap, loras: readonly { layers: LowRankLayers; weight: number }[]): TensorMap {
  const all = new Map(weights);
  for (const { layers, weight } of loras) {
    for (const [layer, one] of layers) {
      const key = `${layer}.weight`;
      all.set(key, merged(all.get(key) as Tensor<'float32'>, one, weight));
    }
  }
  return all;
}

async function run(graph: Graph, feeds: Readonly<Record<string, Tensor>>, output: string): Promise<Float32Array> {
  const session = await createSession(graph, { device: 'cpu', profile: 'mapped' });
  const { [output]: result } = await session.run(feeds);
  await session.release();
  return result!.data as Float32Array;
}

const noise = (seed: number, ...shape: number[]): Tensor<'float32'> =>
  float32(normalNoise(seed, 0, sizeOf(shape)), shape);

describe.each(['unet_lists', 'unet_single', 'unet_faint'])('two LoRAs on %s', (name) => {
  const config = parseUNetConfig(tinyConfig(name), name);
  const layers = layersOf(tinyBase(name)).filter(({ component }) => component === 'unet');
  const everywhere = randomLora(layers, 2, 1);
  const attention = randomLora(
    layers.filter(({ path: layer }) => layer.includes('attn')),
    5,
    2,
  );
  const feeds: Record<string, Tensor> = {
    sample: noise(1, 1, config.inChannels, 8, 12),
    timestep_sinusoid: float32(timestepSinusoid([499], config.blockOutChannels[0] ?? 0, config), [
      1,
      config.blockOutChannels[0] ?? 0,
    ]),
    encoder_hidden_states: noise(2, 1, 7, config.crossAttentionDim),
    ...(config.timeCondProjDim === undefined ? {} : { timestep_cond: noise(3, 1, config.timeCondProjDim) }),
  };

  it('give what merged weights give, in every linear layer and convolution', async () => {
    const { weights } = await tinyModel(name);
    const loras = [
      { layers: everywhere, weight: 0.6 },
      { layers: attention, weight: -0.4 },
    ];
    const base = await onDisk(weights);
    const mix = mixLoras(
      loras.map(({ layers: one, weight }) => ({ lora: asLora('unet', one), weight })),
      'unet',
    );
    expect(mix.slots.size).toBe(layers.length);
    const adapted = await run(buildUNet(config, base, { lora: mix.slots }), { ...feeds, ...mix.feeds }, 'out_sample');
    const expected = await run(buildUNet(config, await onDisk(mergedWeights(weights, loras))), feeds, 'out_sample');
    const plain = await run(buildUNet(config, base), feeds, 'out_sample');
    const largest = Math.max(...expected.map(Math.abs));
    expect(adapted).toBeAllclose(expected, 2e-5 * largest);
    expect(Math.max(...expected.map((value, i) => Math.abs(value - (plain[i] ?? 0))))).toBeGreaterThan(1e-2 * largest);
  });
});

describe.each(['clip_quick', 'clip_gelu'])('a LoRA on %s', (name) => {
  it('gives what merged weights give', async () => {
    const config = parseClipTextConfig(tinyConfig(name), name);
    const { weights } = await tinyModel(name);
    const layers = randomLora(
      layersOf(tinyBase('unet_single', name)).filter(({ component }) => component === 'text_encoder'),
      3,
    );
    const mix = mixLoras([{ lora: asLora('text_encoder', layers), weight: 0.5 }], 'text_encoder');
    const window = config.maxPositionEmbeddings;
    const ids = int64(
      Array.from({ length: window }, (_, i) => (7 * i + 3) % config.vocabSize),
      [1, window],
    );
    const base = await onDisk(weights);
    const adapted = await run(
      buildClipText(config, base, { lora: mix.slots }),
      { input_ids: ids, ...mix.feeds },
      'last_hidden_state',
    );
    const changed = await onDisk(mergedWeights(weights, [{ layers, weight: 0.5 }]));
    expect(adapted).toBeAllclose(
      await run(buildClipText(config, changed), { input_ids: ids }, 'last_hidden_state'),
      2e-5,
    );
  });
});
