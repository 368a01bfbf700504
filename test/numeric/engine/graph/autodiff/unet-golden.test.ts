/** Gradients of a whole UNet against torch: every set that has `lora_grads` or `param_grads` beside its UNet. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { timestepSinusoid } from '../../../../../src/engine/networks/embeddings';
import type { LoraLayers } from '../../../../../src/engine/networks/lora-slots';
import { parseUNetConfig } from '../../../../../src/engine/networks/unet-config';
import { createSession } from '../../../../../src/engine/runtime/session';
import { openWeights } from '../../../../../src/engine/checkpoints/safetensors';
import { float32, type Tensor } from '../../../../../src/engine/tensors/tensor';
import { GoldenTensors, goldenFiles, goldenJson, goldenPath, hasGolden } from '../../../../support/golden';
import { unetGradientGraph, type GradientRequest } from '../../../../support/unet-training';

type Form = Pick<GradientRequest, 'backward' | 'recompute'>;
const FORMS: readonly Form[] = [
  { backward: 'fast' },
  { backward: 'small' },
  { backward: 'fast', recompute: 'attention' },
  { backward: 'small', recompute: 'blocks' },
];
const MODEL = 'pipeline/unet';

interface Expected {
  /** Inputs of the run. */
  readonly io: GoldenTensors;
  /** Gradients of the run. */
  readonly grads: GoldenTensors;
  readonly lora?: LoraLayers;
  readonly matrices: Readonly<Record<string, Tensor>>;
  readonly form: Form;
}

async function expectGradients({ io, grads, lora, matrices, form }: Expected): Promise<void> {
  const config = parseUNetConfig(goldenJson(`${MODEL}/config.json`), MODEL);
  const weights = await openWeights(goldenPath(`${MODEL}/diffusion_pytorch_model.safetensors`));
  const names = grads.names.flatMap((name) => (name.startsWith('grad.') ? [name.slice('grad.'.length)] : []));
  expect(names.length).toBeGreaterThan(100);
  const sample = io.float('sample');
  const [batch = 1, , height = 1, width = 1] = sample.shape;
  const graph = unetGradientGraph({
    config,
    weights,
    ...(lora === undefined ? {} : { lora }),
    wrt: names,
    sizes: { batch, height, width },
    ...form,
  });
  const session = await createSession(graph, { device: 'cpu', profile: 'mapped' });
  const channels = config.blockOutChannels[0] ?? 0;
  const results = await session.run({
    sample,
    timestep_sinusoid: float32(timestepSinusoid(io.integers('timesteps'), channels, config), [batch, channels]),
    encoder_hidden_states: io.tensor('encoder_hidden_states'),
    timestep_cond: io.tensor('timestep_cond'),
    target: io.tensor('target'),
    ...matrices,
  });
  await session.release();
  for (const name of ['out', ...names.map((name) => `grad.${name}`)]) {
    expect(results[name]?.data as Float32Array, name).toBeAllclose(grads.float(name).data, grads.tolerance(name));
  }
  const [loss] = results['loss']?.data as Float32Array;
  expect(Math.abs(Number(loss) - Number(grads.float('loss').data[0]))).toBeLessThanOrEqual(grads.tolerance('loss'));
}

describe.skipIf(!hasGolden)('golden gradients of a UNet (FOURSTEP_GOLDEN)', () => {
  for (const file of goldenFiles(/lora_grads\.safetensors$/)) {
    const folder = path.posix.dirname(file);
    it.each(FORMS)(`${file}: inputs and every LoRA matrix, %o`, async (form) => {
      const grads = await GoldenTensors.read(file);
      const adapter = await GoldenTensors.read(`${folder}/lora_attn/adapter_model.safetensors`);
      const { r, lora_alpha: alpha } = goldenJson(`${folder}/lora_attn/adapter_config.json`) as Record<string, number>;
      const plain = (name: string): string => name.replace('base_model.model.', '');
      const matrices = Object.fromEntries(adapter.names.map((name) => [plain(name), adapter.tensor(name)]));
      const paths = Object.keys(matrices).flatMap((name) => /^(.*)\.lora_A\.weight$/.exec(name)?.[1] ?? []);
      const layer = { rank: Number(r), scale: Number(alpha) / Number(r) };
      const lora = new Map(paths.map((path) => [path, layer]));
      await expectGradients({ io: grads, grads, lora, matrices, form });
    });
  }

  for (const file of goldenFiles(/param_grads\.safetensors$/)) {
    it.each(FORMS)(`${file}: norms, biases and weights, %o`, async (form) => {
      const io = await GoldenTensors.read(file.replace('param_grads', 'lora_grads'));
      await expectGradients({ io, grads: await GoldenTensors.read(file), matrices: {}, form });
    });
  }
});
