/** Where what a training makes belongs, and what keeps another one from being made there. */
import path from 'node:path';
import { stylesFolder } from '../catalog/styles';
import type { TrainingOwner, TrainingPlace, TuneParams } from '../contract/tune-api';
import { UserError } from '../domain/errors';
import { slugOf } from '../domain/file-names';

/** What the user wants to have. */
export type TrainingAim = StyleAim | DistillationAim;

export interface StyleAim {
  readonly kind: 'style';
  /** Absolute path of the folder that keeps its styles. */
  readonly workspace: string;
  /** Becomes a folder's name. */
  readonly name: string;
}

export interface DistillationAim {
  readonly kind: 'distillation';
  /** Absolute path of the LoRA file. */
  readonly out: string;
}

/** Begin anew, or go on with the unfinished training; and whether what is there may be replaced. */
export type TrainingWish = Pick<TuneParams, 'resume' | 'replace'>;

/** Lower-case words with hyphens: safe as a folder on every system. */
export function styleName(name: string): string {
  return slugOf(name);
}

export function placeOf(aim: TrainingAim): TrainingPlace {
  return aim.kind === 'style' ? { kind: 'style', styleDir: styleFolder(aim) } : aim;
}

/** Absolute path of the folder of a style that is to be made. */
export function styleFolder({ workspace, name }: StyleAim): string {
  return path.join(stylesFolder(workspace), styleName(name));
}

/** What is known of a place; as `tuneStatus` answers, or less. */
export interface Found {
  readonly finished: boolean;
  readonly unfinished?: {
    readonly step?: number;
    readonly steps?: number;
    readonly saved?: { readonly kind: TrainingPlace['kind']; readonly modelId: string };
  };
  readonly damaged?: string;
  readonly owner?: TrainingOwner;
}

/** What stands in the way of a wish. */
export type Obstacle =
  | { readonly kind: 'owned'; readonly owner: TrainingOwner }
  | { readonly kind: 'finished' }
  | { readonly kind: 'unfinished'; readonly step?: number; readonly steps?: number }
  | { readonly kind: 'nothing-to-go-on' }
  | { readonly kind: 'damaged'; readonly reason: string }
  | { readonly kind: 'other-goal'; readonly found: TrainingPlace['kind'] };

/**
 * The first thing in the way. Whether an owner elsewhere lives nobody here can tell: the worker refuses it, and says which file to remove
 * when it does not.
 */
export function obstacleTo(wish: TrainingWish, place: TrainingPlace, found: Found): Obstacle | undefined {
  const { owner } = found;
  if (owner !== undefined && owner.where !== 'elsewhere') return { kind: 'owned', owner };
  return wish.resume ? obstacleToGoingOn(wish, place, found) : obstacleToBeginning(wish, found);
}

function obstacleToBeginning(
  { replace }: TrainingWish,
  { finished, unfinished, damaged }: Found,
): Obstacle | undefined {
  if (replace) return undefined;
  if (finished) return { kind: 'finished' };
  if (damaged !== undefined) return { kind: 'unfinished' };
  if (unfinished === undefined) return undefined;
  const { step, steps } = unfinished;
  return { kind: 'unfinished', ...(step === undefined || steps === undefined ? {} : { step, steps }) };
}

/** A style's folder belongs to its training; a file beside one may have come from anywhere since. */
function obstacleToGoingOn(
  { replace }: TrainingWish,
  place: TrainingPlace,
  { finished, unfinished, damaged }: Found,
): Obstacle | undefined {
  if (damaged !== undefined) return { kind: 'damaged', reason: damaged };
  if (unfinished === undefined) return { kind: 'nothing-to-go-on' };
  const found = unfinished.saved?.kind ?? place.kind;
  if (found !== place.kind) return { kind: 'other-goal', found };
  return finished && place.kind === 'distillation' && !replace ? { kind: 'finished' } : undefined;
}

/** How the user says what helps: "give --replace", "allow it to be replaced". */
export interface Ways {
  readonly replace: string;
  readonly goOn: string;
  readonly begin: string;
}

/** For doors and callers that have no words of their own for it. */
export const PLAIN_WAYS: Ways = {
  replace: 'allow it to be replaced',
  goOn: 'Resume it',
  begin: 'Begin a new one',
};

const GOALS: Readonly<Record<TrainingPlace['kind'], string>> = {
  style: 'the training of a style',
  distillation: 'a distillation',
};

/** `bad-request` or `not-found` in words. */
export function refusalOf(obstacle: Obstacle, place: TrainingPlace, ways: Ways = PLAIN_WAYS): UserError {
  const where = place.kind === 'style' ? place.styleDir : place.out;
  switch (obstacle.kind) {
    case 'owned':
      return new UserError(
        'bad-request',
        `${ownerText(obstacle.owner)} is ${workOn(place)} already. Wait for it, stop it, or choose another name.`,
      );
    case 'finished':
      return new UserError(
        'bad-request',
        `${nameOf(place)} exists${place.kind === 'style' ? ` in ${where}` : ''}. Choose another name, or ${ways.replace}.`,
      );
    case 'unfinished': {
      const { step, steps } = obstacle;
      const what =
        step === undefined ? 'an unfinished training' : `a training that stopped at step ${step} of ${steps ?? step}`;
      return new UserError('bad-request', `${where} holds ${what}. ${ways.goOn}, or ${ways.replace}.`);
    }
    case 'nothing-to-go-on':
      return new UserError('not-found', `${where} holds no unfinished training that could go on. ${ways.begin}.`);
    case 'damaged':
      return new UserError('bad-checkpoint', obstacle.reason);
    case 'other-goal':
      return new UserError(
        'bad-request',
        `${where} holds ${GOALS[obstacle.found]}, not ${GOALS[place.kind]}; it cannot go on as one. Begin anew in another place, or ${ways.replace}.`,
      );
  }
}

function ownerText({ pid, where }: TrainingOwner): string {
  return `Process ${pid}${where === 'elsewhere' ? ' of another computer or container' : ''}`;
}

function workOn(place: TrainingPlace): string {
  return place.kind === 'style'
    ? `training the style "${path.basename(place.styleDir)}"`
    : `distilling into ${place.out}`;
}

function nameOf(place: TrainingPlace): string {
  return place.kind === 'style' ? `The style "${path.basename(place.styleDir)}"` : place.out;
}
