/** The settings of a training: what was asked for, and what suits the size of the set. */
import { UserError } from '../../domain/errors';
import { ICON_COUNT } from '../../domain/limits';
import { DISTILLATION_DEFAULTS, trainingSettings, type TrainingSettings } from '../../engine/training/settings';
import type { AskedTuneSettings, SavedTraining, TrainingGoal, TuneIcon } from '../../contract/tune-api';
import type { TrainingRequest } from './goal';

/** Throws `bad-request` naming a setting that is out of its range. */
export function tuneSettings(
  given: AskedTuneSettings,
  icons: number,
  goal: TrainingGoal['kind'] = 'style',
): TrainingSettings {
  const { rank } = given;
  // A higher rank alone must not make the addition weaker.
  const asked = rank === undefined ? given : { alpha: rank, ...given };
  return goal === 'distillation'
    ? trainingSettings(asked, DISTILLATION_DEFAULTS)
    : trainingSettings({ steps: defaultSteps(icons), ...asked });
}

/** The settings of a request, or of the record it left. Throws as `tuneSettings` does. */
export function settingsOf(
  training: Pick<TrainingRequest, 'settings' | 'icons' | 'goal'> | SavedTraining,
): TrainingSettings {
  const kind = 'kind' in training ? training.kind : training.goal.kind;
  return tuneSettings(training.settings, training.icons.length, kind);
}

/** Small sets are learned by heart sooner, large ones have more to tell. */
function defaultSteps(icons: number): number {
  const [fewest, most] = [600, 1500];
  return Math.min(most, Math.max(fewest, 50 * Math.round((8 * icons) / 50)));
}

/** Throws `bad-request` when the set is too small or too large, or when an icon has no caption or comes twice. */
export function checkIcons(icons: readonly TuneIcon[]): void {
  const learned = icons.filter(({ heldOut }) => !heldOut).length;
  if (learned < ICON_COUNT.least) {
    throw new UserError(
      'bad-request',
      `There are ${learned} icons to learn from; a style needs at least ${ICON_COUNT.least}. Add icons, or choose a folder with more of them.`,
    );
  }
  if (icons.length > ICON_COUNT.most) {
    throw new UserError(
      'bad-request',
      `There are ${icons.length} icons; at most ${ICON_COUNT.most} are used. Choose a folder inside, or leave some out.`,
    );
  }
  const unnamed = icons.find(({ caption }) => caption.trim() === '');
  if (unnamed !== undefined) {
    throw new UserError('bad-request', `The caption of ${unnamed.id} is empty. Say what it shows, or leave it out.`);
  }
  const ids = new Set<string>();
  for (const { id } of icons) {
    if (ids.has(id)) throw new UserError('bad-request', `The icon ${id} is in the set twice. Leave one out.`);
    ids.add(id);
  }
}
