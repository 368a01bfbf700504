/** The sessions a training needs, beside the pipeline that encodes its pictures and draws its probes. */
import { weightBytes } from '../checkpoints/component-weights';
import type { WeightSource } from '../checkpoints/weight-source';
import { partOf, type Conditioning, type DenoiserDesign, type KnownSizes } from '../families/family';
import type { GraphForm } from '../graph/graph';
import type { LoraLayers } from '../networks/lora-slots';
import type { DeviceName } from '../../domain/choices';
import { createSession } from '../runtime/session';
import type { LazySession } from '../runtime/session-pool';
import { fed } from '../sampling/adaptable-network';
import { adaptedPipeline } from '../sampling/adapted-pipeline';
import type { DiffusionModel } from '../sampling/diffusion-model';
import { profileFor } from '../sampling/load';
import type { Pipeline } from '../sampling/pipeline';
import type { NoiseSchedule } from '../sampling/schedule';
import type { LossWeighting } from './consistency';
import { type Distance, buildTrainingGraph } from './training-graph';
import { OnlineNetwork, TargetNetwork, withoutEffect, type LoraFeeds } from './networks';

/** What a training must know of a model: the network that learns, and what it is taught with. */
export interface TrainableModel {
  readonly denoiser: DenoiserDesign;
  /** The denoiser's. */
  readonly weights: WeightSource;
  readonly schedule: NoiseSchedule;
  readonly device: DeviceName;
  /** For messages. */
  readonly origin: string;
  /** Conditioning of the empty prompt; a teacher is guided away from it. */
  readonly emptyPrompt: () => Promise<Conditioning>;
}

export function trainable({ parts, pipeline }: DiffusionModel): TrainableModel {
  const { denoiser } = parts.design;
  return {
    denoiser,
    weights: partOf(parts.weights, denoiser.component),
    schedule: parts.schedule,
    device: parts.device,
    origin: parts.folder,
    emptyPrompt: () => pipeline.parts.prompts.missing(),
  };
}

export interface TrainingSessions {
  readonly online: OnlineNetwork;
  readonly target: TargetNetwork;
  release(): Promise<void>;
}

export interface SessionOptions {
  readonly lora: LoraLayers;
  readonly sizes: KnownSizes;
  readonly distance: Distance;
  readonly weighting: LossWeighting;
  /** As suits the weights and the device when absent. */
  readonly form?: GraphForm;
}

export async function trainingSessions(
  { denoiser, weights, schedule, device }: TrainableModel,
  { lora, weighting, form = formFor(weights, device), ...options }: SessionOptions,
): Promise<TrainingSessions> {
  const on = { device, profile: profileFor(weights) };
  const target = await createSession(denoiser.graph(weights, { lora, form: { ...form, differentiable: false } }), on);
  const online = await createSession(buildTrainingGraph({ denoiser, weights, lora, form, ...options }), on);
  return {
    online: new OnlineNetwork(denoiser, schedule, online, weighting),
    target: new TargetNetwork(denoiser, schedule, target),
    release: async () => {
      await target.release();
      await online.release();
    },
  };
}

/** From this many bytes of weights on, memory is what limits a training, not time. */
const LARGE_WEIGHTS = 512 * 2 ** 20;

function formFor(weights: WeightSource, provider: DeviceName): GraphForm {
  const form = { differentiable: true, provider } as const;
  return weightBytes(weights) < LARGE_WEIGHTS
    ? { ...form, backward: 'fast' }
    : { ...form, backward: 'small', recompute: 'attention' };
}

/**
 * The pipeline with the target network and these LoRA matrices, which begin when the share `start` of the noise schedule has passed;
 * releases nothing of its own.
 */
export function pipelineWith(pipeline: Pipeline, { session }: TargetNetwork, lora: LoraFeeds, start = 0): Pipeline {
  const sessionWith =
    (matrices: LoraFeeds): LazySession =>
    () =>
      Promise.resolve(fed(session, matrices));
  return adaptedPipeline(pipeline, {
    sessionAt: (passed) => sessionWith(passed < start ? withoutEffect(lora) : lora),
    starts: start === 0 ? [] : [start],
  });
}
