/** LoRA as graph inputs against merging into the weights: what a step costs, and what a change of strength or style costs. */
import { layerNames, unetLayers, type AdaptableLayer } from '../src/engine/lora/layer-names';
import type { Lora, LowRank } from '../src/engine/lora/loaded-lora';
import { mixLoras, NO_LORA, type LoraMix } from '../src/engine/lora/mix-loras';
import { partOf } from '../src/engine/families/family';
import { openModel } from '../src/engine/families/open-model';
import { buildUNet } from '../src/engine/networks/unet';
import { parseUNetConfig } from '../src/engine/networks/unet-config';
import { createSession } from '../src/engine/runtime/session';
import { openWeights } from '../src/engine/checkpoints/safetensors';
import { float32, sizeOf, type Tensor } from '../src/engine/tensors/tensor';
import { normalNoise } from '../src/engine/tensors/noise';
import { builtInModel } from './support/built-in-model';
import { describeMachine, median, timed } from './support/machine';

const smoke = process.argv.includes('--smoke');
const RUNS = smoke ? 1 : 30;
const ATTENTION = /\.to_(q|k|v|out\.0)$/;

interface Case {
  readonly name: string;
  readonly layers: RegExp | undefined;
  readonly rank: number;
}

const CASES: readonly Case[] = [
  { name: 'no LoRA (and any LoRA that is merged)', layers: undefined, rank: 0 },
  { name: 'attention, rank 8', layers: ATTENTION, rank: 8 },
  { name: 'every layer, rank 8', layers: /./, rank: 8 },
  { name: 'every layer, rank 64', layers: /./, rank: 64 },
];

/** `npm run bench -- lora [model folder] [--smoke]`: the built-in model, or another one; --smoke only shows that it runs. */
async function main(): Promise<void> {
  const folder = process.argv.slice(2).find((word) => !word.startsWith('--')) ?? (await builtInModel());
  const part = partOf((await openModel(folder)).components, 'unet');
  const config = parseUNetConfig(part.config, part.configFile);
  const unet = await openWeights(part.weights);
  const layers = [...new Set(layerNames([unetLayers(config, 'unet')], { unet }).values())];
  const side = config.sampleSize ?? 64;
  const inputs: Record<string, Tensor> = {
    sample: noise([1, config.inChannels, side, side]),
    timestep_sinusoid: noise([1, config.blockOutChannels[0] ?? 0]),
    encoder_hidden_states: noise([1, 32, config.crossAttentionDim]),
    ...(config.timeCondProjDim === undefined ? {} : { timestep_cond: noise([1, config.timeCondProjDim]) }),
  };
  console.log(describeMachine());
  console.log('| LoRA | layers | new strength, ms | new session, ms | step, ms |\n|---|---|---|---|---|');
  const prepared = [];
  for (const one of CASES) {
    const lora = randomLora(layers, one);
    const mixing = await timed(() => Promise.resolve(lora === undefined ? NO_LORA : mix(lora)));
    const making = await timed(() =>
      createSession(buildUNet(config, unet, { lora: mixing.result.slots }), { device: 'cpu', profile: 'fast' }),
    );
    prepared.push({ ...one, mixing, making, seconds: [] as number[] });
  }
  // In turns, so that another program's load meets all of them.
  for (let run = 0; run < RUNS; run++) {
    for (const { making, mixing, seconds } of prepared) {
      seconds.push((await timed(() => making.result.run({ ...inputs, ...mixing.result.feeds }))).seconds);
    }
  }
  for (const { name, mixing, making, seconds } of prepared) {
    const cells = [mixing.seconds, making.seconds, median(seconds)].map((value) => (1000 * value).toFixed(1));
    console.log(`| ${[name, mixing.result.slots.size, ...cells].join(' | ')} |`);
    await making.result.release();
  }
}

function mix(lora: Lora): LoraMix {
  return mixLoras([{ lora, weight: 0.8 }], 'unet');
}

function randomLora(layers: readonly AdaptableLayer[], { layers: pattern, rank }: Case): Lora | undefined {
  if (pattern === undefined) return undefined;
  const unet = new Map(
    layers
      .filter(({ path: layer }) => pattern.test(layer))
      .map(({ path: layer, shape: [out = 0, ...fanIn] }): [string, LowRank] => [
        layer,
        { A: noise([rank, ...fanIn]), B: noise([out, rank, ...fanIn.slice(1).map(() => 1)]), scale: 1 },
      ]),
  );
  return { layers: new Map([['unet', unet]]), origin: 'random', baseModel: undefined };
}

function noise(shape: readonly number[]): Tensor<'float32'> {
  return float32(
    normalNoise(1, 0, sizeOf(shape)).map((value) => 0.01 * value),
    shape,
  );
}

void main();
