/** Everything a training needs, from a request: pipeline, examples, sessions, and the state to begin or go on with. */
import { withStyleWord } from '../../domain/style';
import { loadPipeline } from '../../engine/sampling/load';
import type { Pipeline } from '../../engine/sampling/pipeline';
import { openModelFolder, type ModelFolder } from '../../engine/checkpoints/folder';
import { isFile } from '../../engine/checkpoints/folder-parts';
import type { GraphForm } from '../../engine/graph/graph';
import type { DeviceName } from '../../domain/device';
import { readCheckpoint, type Checkpoint } from '../../engine/training/checkpoint';
import { timePairs } from '../../engine/training/consistency';
import { pairsAt } from '../../engine/training/shrinking-skip';
import { DrawSource } from '../../engine/training/draw';
import { checkTeacher, frozenTeacher } from '../../engine/training/frozen-teacher';
import { FEWEST_TO_DECIDE, Gauge } from '../../engine/training/gauge';
import { openBaseModel, trainingSessions, type TrainingSessions } from '../../engine/training/load-training';
import { initialLora, targetLayers, type LoraMatrices } from '../../engine/training/lora-layers';
import { noChange } from '../../engine/training/optimizer-step';
import { ddimStep, sameNoise, type SecondPoint } from '../../engine/training/second-point';
import type { TrainingSettings } from '../../engine/training/settings';
import type { TrainerParts } from '../../engine/training/trainer';
import { checkIdentity, type TrainingIdentity } from '../../engine/training/training-record';
import {
  checkExamples,
  TrainingSet,
  type ExpectedExamples,
  type TrainingExample,
} from '../../engine/training/training-set';
import { checkMatrices, freshState } from '../../engine/training/training-state';
import type { IconSource } from './icon-source';
import type { TrainingFolder, TuneRequest } from './training-folder';

export interface PrepareOptions {
  readonly request: TuneRequest;
  readonly settings: TrainingSettings;
  readonly folder: TrainingFolder;
  readonly device: DeviceName;
  readonly cacheFolder: string;
  readonly icons: IconSource;
  readonly resume: boolean;
  readonly signal: AbortSignal;
  /** SHA-256 over a model's weights. */
  readonly identity: (model: ModelFolder) => Promise<string>;
  /** Runs work when it is this job's turn among those of the worker. */
  readonly turn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Throws when the training was discarded or suspended. */
  readonly check: () => void;
  readonly onPrepared: (done: number, of: number) => void;
}

export interface PreparedTraining {
  readonly pipeline: Pipeline;
  readonly sessions: TrainingSessions;
  readonly parts: TrainerParts;
  readonly checkpoint: Checkpoint;
  /** What the user should know: captions that are longer than the model reads. */
  readonly notices: readonly string[];
  release(): Promise<void>;
}

/** Throws `bad-request` when a training goes on with another model, other pictures or other settings. */
export async function prepareTraining(options: PrepareOptions): Promise<PreparedTraining> {
  const { request, device, cacheFolder, signal } = options;
  const pipeline = await loadPipeline(request.modelPath, { device, cacheFolder, signal });
  try {
    return await withPipeline(pipeline, options);
  } catch (error) {
    await pipeline.release();
    throw error;
  }
}

async function withPipeline(pipeline: Pipeline, options: PrepareOptions): Promise<PreparedTraining> {
  const { request, settings, folder, device, cacheFolder, signal, turn } = options;
  const goesOn = options.resume && (await isFile(folder.checkpoint));
  const model = await options.identity(await openModelFolder(request.modelPath));
  const examples = await trainingSet(pipeline, options, goesOn);
  const identity: TrainingIdentity = { model, data: examples.hash, settings };
  const base = await openBaseModel(request.modelPath, { device, cacheFolder, signal });
  if (request.distill !== undefined) checkTeacher(base.config, request.modelPath);
  const layers = targetLayers(base.weights, settings);
  const fresh = freshCheckpoint(identity, initialLora(base.weights, layers, settings.seed));
  const checkpoint = goesOn ? await checkedCheckpoint(folder.checkpoint, fresh) : fresh;
  const sessions = await turn(() =>
    trainingSessions(base, pipeline, {
      lora: layers,
      sizes: sizesOf(examples, settings),
      distance: settings.distance,
      weighting: settings.weighting,
      form: formFor(base.weights, device),
    }),
  );
  const { schedule } = pipeline.parts;
  const pairs = timePairs(schedule, settings.skip, settings.start);
  const held = request.icons.filter(({ heldOut }) => heldOut).length;
  const learned = examples.examples.slice(0, examples.length - held);
  const gauge = new Gauge(sessions.target, examples.examples.slice(learned.length), { ...settings, pairs });
  return {
    pipeline,
    sessions,
    checkpoint,
    notices: [...cutCaptions(pipeline, request), ...gaugeNotice(held)],
    parts: {
      ...sessions,
      schedule,
      secondPoint: await secondPointOf(request, pipeline, sessions, checkpoint),
      draws: new DrawSource(learned, pairsAt(schedule, settings), base.config, settings),
      gauge: held === 0 ? undefined : gauge,
      gaugeDecides: held >= FEWEST_TO_DECIDE,
    },
    release: async () => {
      await sessions.release();
      await pipeline.release();
    },
  };
}

/** `fresh`: how the same training would begin. */
async function checkedCheckpoint(file: string, { record, state }: Checkpoint): Promise<Checkpoint> {
  const checkpoint = await readCheckpoint(file);
  checkIdentity(checkpoint.record.identity, record.identity, file);
  checkMatrices(checkpoint.state, state, file);
  return checkpoint;
}

function freshCheckpoint(identity: TrainingIdentity, lora: LoraMatrices): Checkpoint {
  return {
    state: freshState(lora),
    record: { identity, loss: [], gauge: [], best: undefined },
    best: new Map(),
  };
}

/** What tells fine-tuning from distillation. */
async function secondPointOf(
  { distill }: TuneRequest,
  pipeline: Pipeline,
  { target }: TrainingSessions,
  { state }: Checkpoint,
): Promise<SecondPoint> {
  if (distill === undefined) return sameNoise(target.schedule);
  return ddimStep(await frozenTeacher(pipeline, target, noChange(state)));
}

/** Learned pictures first, then those held out. */
async function trainingSet(pipeline: Pipeline, options: PrepareOptions, goesOn: boolean): Promise<TrainingSet> {
  const { request, folder, icons, signal, turn } = options;
  const ordered = [...request.icons].sort((a, b) => Number(a.heldOut) - Number(b.heldOut));
  const size = pipeline.info.defaultSize.width;
  if (goesOn && (await isFile(folder.examples))) {
    const set = await TrainingSet.read(folder.examples);
    checkExamples(set, { count: ordered.length, ...exampleShapes(pipeline) }, folder.examples);
    return set;
  }
  async function* drawn(): AsyncGenerator<TrainingExample> {
    for (const { id, caption } of ordered) {
      options.check();
      const image = await icons.draw(request.folder, id, { size, currentColor: request.currentColor, signal });
      yield { caption: withStyleWord(caption, request.styleWord), image };
    }
  }
  return TrainingSet.prepare(pipeline, ordered.length, drawn(), {
    file: folder.examples,
    signal,
    turn,
    onProgress: (done) => {
      options.onPrepared(done, ordered.length);
    },
  });
}

function exampleShapes({ info, parts }: Pipeline): Omit<ExpectedExamples, 'count'> {
  const { latentChannels, defaultSize, sizeFactor, promptTokens } = info;
  const [height, width] = [defaultSize.height / sizeFactor, defaultSize.width / sizeFactor];
  return {
    latents: [1, latentChannels, height, width],
    context: [1, promptTokens, parts.denoiser.config.crossAttentionDim],
  };
}

function cutCaptions(pipeline: Pipeline, { icons, styleWord }: TuneRequest): string[] {
  const { tokenizer } = pipeline.parts.textEncoder;
  return icons.flatMap(({ id, caption }) => {
    const { truncated } = tokenizer.encode(withStyleWord(caption, styleWord));
    if (truncated === '') return [];
    const shown = truncated.length > SHOWN ? `${truncated.slice(0, SHOWN)}…` : truncated;
    return [`The caption of ${id} is longer than the model reads; left out: "${shown}".`];
  });
}

function gaugeNotice(held: number): string[] {
  if (held === 0 || held >= FEWEST_TO_DECIDE) return [];
  const only = held === 1 ? 'Only one icon is' : `Only ${held} icons are`;
  return [
    `${only} held out. The gauge needs ${FEWEST_TO_DECIDE} to choose the best step, so the weights of the last one are kept.`,
  ];
}

/** Characters of a text that is told. */
const SHOWN = 80;

function sizesOf(
  examples: TrainingSet,
  settings: TrainingSettings,
): Record<'batch' | 'height' | 'width' | 'tokens', number> {
  const [first] = examples.examples;
  const [, , height = 1, width = 1] = first?.latents.shape ?? [];
  const [, tokens = 1] = first?.context.shape ?? [];
  return { batch: settings.batchSize, height, width, tokens };
}

/** From this many bytes of weights on, memory is what limits a training, not time. */
const LARGE_WEIGHTS = 512 * 2 ** 20;

function formFor(
  { tensors }: { readonly tensors: ReadonlyMap<string, { readonly length: number }> },
  device: DeviceName,
): GraphForm {
  const bytes = [...tensors.values()].reduce((sum, { length }) => sum + length, 0);
  const form = { differentiable: true, provider: device } as const;
  return bytes < LARGE_WEIGHTS ? { ...form, backward: 'fast' } : { ...form, backward: 'small', recompute: 'attention' };
}
