/** What a training is for, and what follows from that. */
import path from 'node:path';
import type { SavedTraining, TrainingGoal, TrainingPlace, TuneParams } from '../../contract/tune-api';
import { STYLE_FILES } from '../../domain/style';

/** All that was asked for. */
export type TrainingRequest = Omit<TuneParams, 'jobId' | 'resume'>;
export type StyleGoal = Extract<TrainingGoal, { readonly kind: 'style' }>;
type Words = Pick<SavedTraining, 'name' | 'styleWord' | 'probes'>;

/** The folder that holds the training while it is not finished. Of a distillation nothing else is in it, and it goes with it. */
export function folderOf(place: TrainingPlace): string {
  return place.kind === 'style' ? place.styleDir : `${place.out}.training`;
}

/** The file whose presence says that it is finished. */
export function resultOf(place: TrainingPlace): string {
  return place.kind === 'style' ? path.join(place.styleDir, STYLE_FILES.style) : place.out;
}

/** A distillation teaches no words and draws no samples. */
export function wordsOf(goal: TrainingGoal): Words {
  if (goal.kind === 'style') return goal;
  return { name: path.basename(goal.out, path.extname(goal.out)), styleWord: '', probes: [] };
}

/** The goal of a training that goes on: where it leads to is as asked, what it teaches as it began. */
export function goalGoingOn(goal: TrainingGoal, { styleWord, probes }: Words): TrainingGoal {
  return goal.kind === 'style' ? { ...goal, styleWord, probes } : goal;
}
