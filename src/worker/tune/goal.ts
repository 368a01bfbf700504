/** What a training is for. */
import type { SavedTraining, TuneParams } from '../../contract/tune-api';

export type TrainingGoal =
  /** A style in the request's folder. */
  | { readonly kind: 'style' }
  /** The LoRA file alone, at this absolute path; the request's folder holds the training only while it is not finished. */
  | { readonly kind: 'distillation'; readonly out: string };

/** All that was asked for. */
export interface TrainingRequest extends Omit<TuneParams, 'jobId' | 'resume' | 'distill'> {
  readonly goal: TrainingGoal;
}

/** What the contract says with an optional field. */
export function trainingRequest({ distill, ...asked }: Omit<TuneParams, 'jobId' | 'resume'>): TrainingRequest {
  return { ...asked, goal: distill === undefined ? { kind: 'style' } : { kind: 'distillation', out: distill.out } };
}

/** In words, for messages. */
export const GOAL_NAMES: Readonly<Record<SavedTraining['kind'], string>> = {
  style: 'the training of a style',
  distillation: 'a distillation',
};
