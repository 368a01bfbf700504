/** Everything a training needs, from a request: the model, its encoded examples, and the training to begin or go on with. */
import { withStyleWord } from '../../domain/style';
import type { ModelFolder } from '../../engine/checkpoints/folder';
import { isFile } from '../../files/kind-of-path';
import { openModel } from '../../engine/families/open-model';
import type { DeviceName } from '../../domain/choices';
import type { DiffusionModel } from '../../engine/sampling/diffusion-model';
import { loadModel } from '../../engine/sampling/load';
import type { Pipeline } from '../../engine/sampling/pipeline';
import { FEWEST_TO_DECIDE } from '../../engine/training/gauge';
import { openTraining, type Training, type TrainingExamples } from '../../engine/training/open-training';
import type { TrainingSettings } from '../../engine/training/settings';
import { trainable } from '../../engine/training/training-sessions';
import {
  checkExamples,
  TrainingSet,
  type ExpectedExamples,
  type TrainingExample,
} from '../../engine/training/training-set';
import { wordsOf, type TrainingRequest } from './goal';
import type { IconSource } from './icon-source';
import type { TrainingFolder } from './training-folder';

export interface PrepareOptions {
  readonly request: TrainingRequest;
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
  readonly training: Training;
  /** What the user should know: captions that are longer than the model reads. */
  readonly notices: readonly string[];
  release(): Promise<void>;
}

/** Throws `bad-request` when a training goes on with another model, other pictures or other settings. */
export async function prepareTraining(options: PrepareOptions): Promise<PreparedTraining> {
  const { request, device, cacheFolder, signal } = options;
  const opened = await openModel(request.modelPath);
  const model = await loadModel(opened, { device, cacheFolder, signal });
  try {
    return await withModel(model, await options.identity(opened), options);
  } catch (error) {
    await model.release();
    throw error;
  }
}

async function withModel(model: DiffusionModel, modelHash: string, options: PrepareOptions): Promise<PreparedTraining> {
  const { request, settings, folder, turn } = options;
  const { pipeline } = model;
  const goesOn = options.resume && (await isFile(folder.checkpoint));
  const examples = await encodedExamples(model, options, goesOn);
  const training = await openTraining({
    model: trainable(model),
    modelHash,
    goal: request.goal.kind,
    examples,
    settings,
    resumeFrom: goesOn ? folder.checkpoint : undefined,
    turn,
  });
  return {
    pipeline,
    training,
    notices: [...cutCaptions(pipeline, request), ...gaugeNotice(examples.heldOut.length)],
    release: async () => {
      await training.release();
      await model.release();
    },
  };
}

/** From the training's file, or from the icons. The file holds the learned pictures first, then those held out. */
async function encodedExamples(
  model: DiffusionModel,
  options: PrepareOptions,
  goesOn: boolean,
): Promise<TrainingExamples> {
  const { icons } = options.request;
  const file = options.folder.examples;
  const set =
    goesOn && (await isFile(file)) ? await savedExamples(model, file, icons.length) : await newExamples(model, options);
  const learned = icons.filter(({ heldOut }) => !heldOut).length;
  return { learned: set.examples.slice(0, learned), heldOut: set.examples.slice(learned), hash: set.hash };
}

async function savedExamples(model: DiffusionModel, file: string, count: number): Promise<TrainingSet> {
  const set = await TrainingSet.read(file);
  checkExamples(set, { count, ...exampleShapes(model) }, file);
  return set;
}

async function newExamples({ pipeline }: DiffusionModel, options: PrepareOptions): Promise<TrainingSet> {
  const { request, folder, icons, signal, turn } = options;
  const { currentColor } = request;
  const { styleWord } = wordsOf(request.goal);
  const ordered = [...request.icons].sort((a, b) => Number(a.heldOut) - Number(b.heldOut));
  const size = pipeline.info.defaultSize.width;
  async function* drawn(): AsyncGenerator<TrainingExample> {
    for (const { id, caption } of ordered) {
      options.check();
      const image = await icons.draw(request.folder, id, { size, currentColor, signal });
      yield { caption: withStyleWord(caption, styleWord), image };
    }
  }
  const set = await TrainingSet.prepare(pipeline, ordered.length, drawn(), {
    file: folder.examples,
    signal,
    turn,
    onProgress: (done) => {
      options.onPrepared(done, ordered.length);
    },
  });
  icons.forget();
  return set;
}

function exampleShapes({ parts, pipeline }: DiffusionModel): Omit<ExpectedExamples, 'count'> {
  const { latentChannels, defaultSize, sizeFactor } = pipeline.info;
  const [height, width] = [defaultSize.height / sizeFactor, defaultSize.width / sizeFactor];
  return { latents: [1, latentChannels, height, width], conditioning: parts.design.text.shapes };
}

function cutCaptions({ parts }: Pipeline, { icons, goal }: TrainingRequest): string[] {
  const { styleWord } = wordsOf(goal);
  return icons.flatMap(({ id, caption }) => {
    const cut = parts.prompts.cutOf(withStyleWord(caption, styleWord));
    if (cut === '') return [];
    const shown = cut.length > SHOWN ? `${cut.slice(0, SHOWN)}…` : cut;
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
