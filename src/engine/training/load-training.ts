/** The sessions a training needs, beside the pipeline that encodes its pictures and draws its probes. */
import { Denoiser } from '../sampling/denoiser';
import { openComponents, parseConfigs, profileFor, type LoadOptions } from '../sampling/load';
import { Pipeline } from '../sampling/pipeline';
import type { LoraLayers } from '../networks/low-rank-layer';
import { openModelFolder } from '../checkpoints/folder';
import { buildUNet, type UNetDim } from '../networks/unet';
import type { UNetConfig } from '../networks/unet-config';
import type { GraphForm } from '../graph/graph';
import { createSession, type Session } from '../runtime/session';
import { float32, sizeOf, type Tensor } from '../tensors/tensor';
import type { WeightSource } from '../checkpoints/weight-source';
import type { LossWeighting } from './consistency';
import type { Distance } from './loss';
import { OnlineNetwork, TargetNetwork, type LoraFeeds } from './networks';
import { buildTrainingGraph } from './training-graph';

export interface BaseModel {
  readonly config: UNetConfig;
  readonly weights: WeightSource;
}

export async function openBaseModel(folder: string, options: LoadOptions): Promise<BaseModel> {
  const model = await openModelFolder(folder);
  const { unet: config } = parseConfigs(model);
  return { config, weights: (await openComponents(model, options)).unet };
}

export interface TrainingSessions {
  readonly online: OnlineNetwork;
  readonly target: TargetNetwork;
  release(): Promise<void>;
}

export interface SessionOptions {
  readonly lora: LoraLayers;
  readonly sizes: Readonly<Record<UNetDim, number>>;
  readonly distance: Distance;
  readonly weighting: LossWeighting;
  readonly form: GraphForm;
}

export async function trainingSessions(
  { config, weights }: BaseModel,
  pipeline: { readonly parts: Pick<Pipeline['parts'], 'schedule'> },
  { lora, form, weighting, ...options }: SessionOptions,
): Promise<TrainingSessions> {
  const { schedule } = pipeline.parts;
  const on = { device: form.provider, profile: profileFor(weights) };
  const target = await createSession(
    buildUNet(config, weights, { lora, form: { ...form, differentiable: false } }),
    on,
  );
  const online = await createSession(buildTrainingGraph({ config, weights, lora, form, ...options }), on);
  return {
    online: new OnlineNetwork(config, schedule, online, weighting),
    target: new TargetNetwork(config, schedule, target),
    release: async () => {
      await target.release();
      await online.release();
    },
  };
}

/**
 * The pipeline with the target network's UNet and these LoRA matrices, which begin when the share `start` of the noise schedule has
 * passed; releases nothing of its own.
 */
export function pipelineWith(pipeline: Pipeline, target: TargetNetwork, lora: LoraFeeds, start = 0): Pipeline {
  const { session } = target;
  const denoiserWith = (matrices: LoraFeeds): Denoiser => {
    const run: Session['run'] = (feeds) => session.run({ ...feeds, ...matrices });
    const fed: Session = { ...session, run, release: () => Promise.resolve() };
    return new Denoiser(target.config, () => Promise.resolve(fed));
  };
  return new Pipeline({
    ...pipeline.parts,
    denoiser: denoiserWith(lora),
    earlier: start === 0 ? [] : [{ until: start, denoiser: denoiserWith(withoutEffect(lora)) }],
    release: () => Promise.resolve(),
  });
}

/** Zeros of the same shapes. */
function withoutEffect(lora: LoraFeeds): LoraFeeds {
  const zeros = ({ shape }: Tensor): Tensor => float32(new Float32Array(sizeOf(shape)), shape);
  return Object.fromEntries(Object.entries(lora).map(([name, tensor]) => [name, zeros(tensor)]));
}
