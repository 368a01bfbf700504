/** The model of the benchmark with the sessions that train and draw; all runs of one rank and set of layers share them. */
import path from 'node:path';
import { readCatalog, resolveModel } from '../../src/catalog/catalog';
import { openModel } from '../../src/engine/families/open-model';
import type { DiffusionModel } from '../../src/engine/sampling/diffusion-model';
import { loadModel } from '../../src/engine/sampling/load';
import type { Pipeline } from '../../src/engine/sampling/pipeline';
import type { RawImage } from '../../src/pictures/raw';
import { initialLora, targetLayers, type LoraMatrices } from '../../src/engine/training/lora-targets';
import { withoutEffect, type LoraFeeds } from '../../src/engine/training/networks';
import { sessionOptions } from '../../src/engine/training/open-training';
import type { TrainingSettings } from '../../src/engine/training/settings';
import {
  pipelineWith,
  trainable,
  trainingSessions,
  type TrainableModel,
  type TrainingSessions,
} from '../../src/engine/training/training-sessions';
import { TrainingSet, type EncodedExample } from '../../src/engine/training/training-set';
import type { DrawIcon } from './draw-icon';
import type { NamedIcon } from './style-sets';

const FOLDER = path.resolve('out/research/fine-tuning');

export class Lab {
  readonly #sessions = new Map<string, Promise<TrainingSessions>>();

  private constructor(
    readonly modelId: string,
    private readonly loaded: DiffusionModel,
    /** guidance_scale that the catalog proposes. */
    readonly guidance: number,
  ) {}

  /** Opens the catalog's default model. */
  static async open(): Promise<Lab> {
    const { id, folder, model } = await resolveModel(await readCatalog('models'));
    const loading = { device: 'cpu', cacheFolder: path.join(FOLDER, 'cache') } as const;
    const guidance = model!.defaults.guidance;
    return new Lab(id, await loadModel(await openModel(folder), loading), guidance);
  }

  get pipeline(): Pipeline {
    return this.loaded.pipeline;
  }

  /** What a training needs of it. */
  get model(): TrainableModel {
    return trainable(this.loaded);
  }

  get size(): number {
    return this.pipeline.info.defaultSize.width;
  }

  async encode(icons: readonly NamedIcon[], draw: DrawIcon): Promise<readonly EncodedExample[]> {
    const examples = icons.map(({ caption, svg }) => ({
      caption,
      image: draw(svg),
    }));
    const file = path.join(FOLDER, 'examples.safetensors');
    async function* each(): AsyncGenerator<{ caption: string; image: RawImage }> {
      for (const example of examples) yield await Promise.resolve(example);
    }
    return (await TrainingSet.prepare(this.pipeline, icons.length, each(), { file })).examples;
  }

  initial(settings: TrainingSettings): LoraMatrices {
    const { weights } = this.model;
    return initialLora(weights, targetLayers(weights, settings), settings.seed);
  }

  /** Matrices that add nothing. */
  unchanged(settings: TrainingSettings): LoraFeeds {
    return withoutEffect(Object.fromEntries(this.initial(settings)));
  }

  sessions(settings: TrainingSettings, learned: readonly EncodedExample[]): Promise<TrainingSessions> {
    const { model } = this;
    const { rank, alpha, targets, blocks, batchSize, distance, weighting } = settings;
    const key = JSON.stringify({ rank, alpha, targets, blocks, batchSize, distance, weighting });
    const made =
      this.#sessions.get(key) ??
      trainingSessions(model, sessionOptions({ model, settings, examples: { learned, heldOut: [], hash: '' } }));
    this.#sessions.set(key, made);
    return made;
  }

  /** Releases the training sessions, whose buffers grow with each set of layers. */
  async releaseSessions(): Promise<void> {
    for (const sessions of this.#sessions.values()) await (await sessions).release();
    this.#sessions.clear();
  }
}

export interface DrawRequest {
  readonly names: readonly string[];
  readonly steps: number;
  /** diffusers' guidance_scale. */
  readonly guidance: number;
  readonly seed: number;
  /** Share of the noise schedule that passes before the LoRA begins. */
  readonly start: number;
}

/** One picture of every name, the same noise for the same name in every condition. */
export async function drawNames(
  { pipeline }: Pick<Lab, 'pipeline'>,
  { target }: Pick<TrainingSessions, 'target'>,
  lora: LoraFeeds,
  { names, steps, guidance, seed, start }: DrawRequest,
): Promise<RawImage[]> {
  const tuned = pipelineWith(pipeline, target, lora, start);
  const { defaultSize, defaultSampler } = pipeline.info;
  const request = { negativePrompt: '', steps, guidance, sampler: defaultSampler, ...defaultSize };
  const pictures: RawImage[] = [];
  for (const [index, name] of names.entries()) {
    pictures.push(...(await tuned.generate({ ...request, prompt: name, seeds: [seed + index] })).images);
  }
  return pictures;
}
