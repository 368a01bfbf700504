/** LoRA files as diffusers, PEFT and kohya write them, against diffusers: merged weights and the UNet's output. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { AdaptableLayer } from '../../../../src/engine/lora/layer-names';
import { mixLoras } from '../../../../src/engine/lora/mix-loras';
import { readLora } from '../../../../src/engine/lora/read-lora';
import { timestepSinusoid } from '../../../../src/engine/networks/embeddings';
import { buildUNet } from '../../../../src/engine/networks/unet';
import { parseUNetConfig, type UNetConfig } from '../../../../src/engine/networks/unet-config';
import { createSession } from '../../../../src/engine/runtime/session';
import { openWeights, readTensor } from '../../../../src/engine/checkpoints/safetensors';
import { float32, type Tensor } from '../../../../src/engine/tensors/tensor';
import type { WeightSource } from '../../../../src/engine/checkpoints/weight-source';
import { GoldenTensors, goldenJson, goldenPath, hasGolden } from '../../../support/golden';
import { merged, namesOf } from '../../../support/lora-files';

/** File, and whether its layout says alpha; where it does not, a weight of alpha / rank makes it the reference's. */
const ATTENTION = [
  ['adapter_model.safetensors', true],
  ['kohya.safetensors', true],
  ['pytorch_lora_weights.safetensors', false],
  ['diffusers_attn_procs.safetensors', false],
] as const;
const LCM = ['adapter_model.safetensors', 'kohya.safetensors', 'pytorch_lora_weights.safetensors'] as const;

describe.skipIf(!hasGolden)('golden LoRA files (FOURSTEP_GOLDEN)', () => {
  let config: UNetConfig;
  let unet: WeightSource;
  let names: ReadonlyMap<string, AdaptableLayer>;

  beforeAll(async () => {
    config = parseUNetConfig(goldenJson('pipeline/unet/config.json'), 'unet');
    unet = await openWeights(goldenPath('pipeline/unet/diffusion_pytorch_model.safetensors'));
    const text = await openWeights(goldenPath('pipeline/text_encoder/model.safetensors'));
    names = namesOf({ config, weights: { unet, text_encoder: text } });
  });

  /** Compares W + weight · scale · B A of the file with every weight of the reference. */
  async function compareMerged(file: string, reference: string, weight: number): Promise<readonly Tensor[]> {
    const lora = await readLora(goldenPath(file), names);
    const expected = await GoldenTensors.read(reference);
    const weights = expected.names.filter((name) => name.endsWith('.weight'));
    for (const name of weights) {
      const layer = lora.layers.get('unet')!.get(name.slice(0, -'.weight'.length));
      const base = await readTensor(unet.tensors.get(name)!);
      const result = merged(base as Tensor<'float32'>, layer!, weight);
      expect(result.data, `${file} ${name}`).toBeAllclose(expected.float(name).data, expected.tolerance(name));
    }
    return weights.map((name) => expected.tensor(name));
  }

  it.each(ATTENTION)('merges the attention LoRA of %s', async (file, saysAlpha) => {
    const {
      r,
      lora_alpha: alpha,
      target_modules: modules,
    } = goldenJson('unet_a/lora_attn/adapter_config.json') as {
      readonly r: number;
      readonly lora_alpha: number;
      readonly target_modules: readonly string[];
    };
    const weight = saysAlpha ? 1 : alpha / r;
    const compared = await compareMerged(`unet_a/lora_attn/${file}`, 'unet_a/lora_attn/merged.safetensors', weight);
    expect(compared).toHaveLength(modules.length);
  });

  it.each(LCM)('merges the LCM-LoRA of %s, convolutions included', async (file) => {
    const compared = await compareMerged(`unet_a/lora_lcm/${file}`, 'unet_a/lora_lcm/expected.safetensors', 1);
    expect(compared.some(({ shape }) => shape.length === 4)).toBe(true);
  });

  it.each(LCM)('draws with the LCM-LoRA of %s on a UNet without guidance embedding', async (file) => {
    const lora = await readLora(goldenPath(`unet_a/lora_lcm/${file}`), names);
    const { slots, feeds } = mixLoras([{ lora, weight: 1 }], 'unet');
    const plain: UNetConfig = { ...config, timeCondProjDim: undefined };
    const session = await createSession(buildUNet(plain, unet, { lora: slots }), { device: 'cpu', profile: 'mapped' });
    const io = await GoldenTensors.read('unet_a/lora_lcm/expected.safetensors');
    const [timesteps, width] = [io.integers('timesteps'), config.blockOutChannels[0] ?? 0];
    const { out_sample: out } = await session.run({
      sample: io.float('sample'),
      timestep_sinusoid: float32(timestepSinusoid(timesteps, width, config), [timesteps.length, width]),
      encoder_hidden_states: io.float('encoder_hidden_states'),
      ...feeds,
    });
    expect(out?.data as Float32Array).toBeAllclose(io.float('out').data, io.tolerance('out'));
    await session.release();
  });
});
