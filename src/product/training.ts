/** From what a user chose to a training's request: the same for terminal and editor. */
import path from 'node:path';
import { builtInModel, resolveModel, type Catalog, type ResolvedModel } from '../catalog/catalog';
import type {
  AskedTuneSettings,
  SavedTraining,
  TrainingGoal,
  TuneIcon,
  TuneParams,
  TuneStatusResult,
} from '../contract/tune-api';
import { UserError } from '../domain/errors';
import { INK } from '../domain/style';
import { probeNames } from '../domain/probe-names';
import {
  obstacleTo,
  placeOf,
  PLAIN_WAYS,
  refusalOf,
  type TrainingAim,
  type TrainingWish,
  type Ways,
} from './training-place';

export interface TrainingIntent<A extends TrainingAim = TrainingAim> extends TrainingWish {
  readonly aim: A;
  /** Absolute path of the folder with the examples. */
  readonly folder: string;
  readonly device: TuneParams['device'];
  /** What was set. Of a training that goes on, nothing but `steps` can change. */
  readonly settings: AskedTuneSettings;
  /** Of a style, where it was set. */
  readonly styleWord?: string;
  /** For `currentColor`; a CSS colour. */
  readonly currentColor?: string;
  /** Those to learn from; a training that goes on has its own. */
  readonly icons?: readonly TuneIcon[];
}

/** Throws `bad-request` or `not-found` when what is there is in the way of what was chosen. `found`: what `tuneStatus` answers. */
export function checkTraining(
  { aim, settings, styleWord, ...wish }: Pick<TrainingIntent, 'aim' | 'settings' | 'styleWord' | keyof TrainingWish>,
  found: TuneStatusResult,
  ways: Ways = PLAIN_WAYS,
): void {
  const set = Object.keys(settings).filter((name) => name !== 'steps');
  const changed = [...set, ...(styleWord === undefined ? [] : ['style word'])];
  if (wish.resume && changed.length > 0) {
    throw new UserError(
      'bad-request',
      `A training goes on with the settings it began with; only --steps may change (found ${changed.join(', ')}).`,
    );
  }
  const place = placeOf(aim);
  const obstacle = obstacleTo(wish, place, found);
  if (obstacle !== undefined) throw refusalOf(obstacle, place, ways);
}

/** A training's request but for its job, with the goal that its aim has. */
export type RequestFor<K extends TrainingGoal['kind']> = Omit<TuneParams, 'jobId' | 'goal'> & {
  readonly goal: Extract<TrainingGoal, { readonly kind: K }>;
};

/** The request. Throws as `checkTraining` does, and `bad-request` when a training would go on with another base model. */
export function resolveTraining<A extends TrainingAim>(
  intent: TrainingIntent<A>,
  model: ResolvedModel,
  found: TuneStatusResult,
  ways: Ways = PLAIN_WAYS,
): RequestFor<A['kind']> {
  checkTraining(intent, found, ways);
  const { aim, folder, device, settings, replace, resume } = intent;
  const saved = resume ? found.unfinished?.saved : undefined;
  if (saved !== undefined) checkBase(saved.modelId, model, ways);
  const { icons = [], currentColor = INK } = saved ?? intent;
  const words = saved ?? { styleWord: (intent.styleWord ?? '').trim(), probes: probeNames(icons) };
  return {
    goal: goalOf(aim, words) as RequestFor<A['kind']>['goal'],
    root: aim.kind === 'style' ? aim.workspace : path.dirname(aim.out),
    folder,
    device,
    modelPath: model.folder,
    modelId: model.id,
    currentColor,
    icons,
    settings: saved === undefined ? settings : { ...saved.settings, ...settings },
    replace,
    resume,
  };
}

type Words = Pick<SavedTraining, 'styleWord' | 'probes'>;

function goalOf(aim: TrainingAim, { styleWord, probes }: Words): TrainingGoal {
  const place = placeOf(aim);
  return place.kind === 'distillation' ? place : { ...place, name: path.basename(place.styleDir), styleWord, probes };
}

/**
 * A model of the catalogue is known by its name. A folder may have been renamed since, so of that the worker decides, by the hash of its
 * weights.
 */
function checkBase(began: string, { id, model }: ResolvedModel, { begin }: Ways): void {
  if (id === began || model === undefined) return;
  throw new UserError(
    'bad-request',
    `The training began with the model "${began}", and the chosen one is "${id}". Choose the model it began with to go on. ${begin} to use this one.`,
  );
}

/**
 * The model of a training: as chosen; else, of one that goes on, the built-in one that it began with. Its record may name no other: a folder
 * is opened only when the user says where it is. Throws `bad-request` when that is needed, and as `resolveModel` does.
 */
export async function trainingModel(
  catalog: Catalog,
  chosen: string | undefined,
  began: string | undefined,
  how: string,
): Promise<ResolvedModel> {
  const isChosen = chosen !== undefined && chosen !== '';
  if (isChosen || began === undefined) return resolveModel(catalog, chosen);
  const builtIn = await builtInModel(catalog, began);
  if (builtIn !== undefined) return builtIn;
  throw new UserError('bad-request', `The training began with the model "${began}", which is not built in. ${how}.`);
}
