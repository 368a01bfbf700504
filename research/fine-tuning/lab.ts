/** The model of the benchmark with the sessions that train and draw; all runs of one rank and set of layers share them. */
import path from 'node:path';
import { readCatalog, resolveModel } from '../../src/catalog/catalog';
import { loadPipeline } from '../../src/engine/sampling/load';
import type { Pipeline } from '../../src/engine/sampling/pipeline';
import type { RawImage } from '../../src/pictures/raw';
import { loraNames, type LoraLayers } from '../../src/engine/networks/low-rank-layer';
import { float32, type Tensor } from '../../src/engine/tensors/tensor';
import { openBaseModel, pipelineWith, trainingSessions, type BaseModel } from '../../src/engine/training/load-training';
import type { TrainingSessions } from '../../src/engine/training/load-training';
import { initialLora, targetLayers, type LoraMatrices } from '../../src/engine/training/lora-layers';
import type { LoraFeeds } from '../../src/engine/training/networks';
import type { TrainingSettings } from '../../src/engine/training/settings';
import { TrainingSet, type EncodedExample } from '../../src/engine/training/training-set';
import type { DrawIcon } from './draw-icon';
import type { NamedIcon } from './style-sets';

const FOLDER = path.resolve('out/research/fine-tuning');

export class Lab {
  readonly #sessions = new Map<string, Promise<TrainingSessions>>();

  private constructor(
    readonly modelId: string,
    readonly pipeline: Pipeline,
    readonly base: BaseModel,
    /** guidance_scale that the catalog proposes. */
    readonly guidance: number,
  ) {}

  /** Opens the catalog's default model. */
  static async open(): Promise<Lab> {
    const { id, folder, model } = await resolveModel(await readCatalog('models'));
    const loading = { device: 'cpu', cacheFolder: path.join(FOLDER, 'cache') } as const;
    const guidance = model!.defaults.guidance;
    return new Lab(id, await loadPipeline(folder, loading), await openBaseModel(folder, loading), guidance);
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

  layers(settings: TrainingSettings): LoraLayers {
    return targetLayers(this.base.weights, settings);
  }

  initial(settings: TrainingSettings): LoraMatrices {
    return initialLora(this.base.weights, this.layers(settings), settings.seed);
  }

  /** Matrices that add nothing. */
  unchanged(settings: TrainingSettings): LoraFeeds {
    const zeros = (tensor: Tensor<'float32'>): Tensor => float32(new Float32Array(tensor.data.length), tensor.shape);
    const initial = this.initial(settings);
    const names = [...this.layers(settings).keys()].flatMap((layer) => Object.values(loraNames(layer)));
    return Object.fromEntries(names.map((name) => [name, zeros(initial.get(name)!)]));
  }

  sessions(settings: TrainingSettings, [example]: readonly EncodedExample[]): Promise<TrainingSessions> {
    const { rank, alpha, targets, blocks, batchSize, distance, weighting } = settings;
    const key = JSON.stringify({ rank, alpha, targets, blocks, batchSize, distance, weighting });
    const made =
      this.#sessions.get(key) ??
      trainingSessions(this.base, this.pipeline, {
        lora: this.layers(settings),
        sizes: {
          batch: batchSize,
          height: example!.latents.shape[2]!,
          width: example!.latents.shape[3]!,
          tokens: example!.context.shape[1]!,
        },
        distance,
        weighting,
        form: { differentiable: true, provider: 'cpu', backward: 'fast' },
      });
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
