/** The review before a training: what was found, what the user changed, and the request that comes of it. */
import { valuesIn } from '../../contract/setting';
import { TRAINING, TRAINING_SET } from '../../contract/training-settings';
import type { ScanIconsResult, TuneIcon, TunePlan } from '../../contract/tune-api';
import { styleName } from '../../product/training-place';
import type { ReviewIcon, ReviewState, TuneForm, TuneFormSettings } from '../../contract/tune-page';

/** Everything was found; nothing is changed yet. `uriOf` gives the address of a thumbnail. */
export function reviewOf(
  scan: ScanIconsResult,
  { settings }: TunePlan,
  place: { readonly folder: string; readonly modelLine: string; readonly uriOf: (file: string) => string },
): ReviewState {
  const icons = scan.icons.map(({ id, group, caption, heldOut, thumbnail }) => ({
    id,
    group,
    caption,
    heldOut,
    excluded: false,
    uri: thumbnail === undefined ? '' : place.uriOf(thumbnail),
  }));
  return {
    screen: 'review',
    folder: place.folder,
    modelLine: place.modelLine,
    form: {
      name: styleName(scan.styleWord),
      styleWord: TRAINING_SET.styleWord.default,
      settings: formSettings(settings),
    },
    icons,
    groups: scan.groups,
    skipped: scan.skipped,
  };
}

export function formSettings(settings: TuneFormSettings): TuneFormSettings {
  return valuesIn(TRAINING, 'form', settings);
}

export function withIcon(
  review: ReviewState,
  { id, caption, excluded }: Pick<ReviewIcon, 'id' | 'caption' | 'excluded'>,
): ReviewState {
  return { ...review, icons: review.icons.map((icon) => (icon.id === id ? { ...icon, caption, excluded } : icon)) };
}

export function chosenIcons({ icons }: Pick<ReviewState, 'icons'>): TuneIcon[] {
  return icons
    .filter(({ excluded }) => !excluded)
    .map(({ id, caption, heldOut }) => ({ id, caption: caption.trim(), heldOut }));
}

export interface TuneRequestParts {
  readonly name: string;
  readonly styleWord: string;
  readonly icons: readonly TuneIcon[];
  readonly settings: TuneFormSettings;
}

/** What was chosen; `resolveTraining` makes the request of it. */
export function requestParts(review: ReviewState): TuneRequestParts {
  const { name, styleWord, settings } = review.form;
  return { name, styleWord, icons: chosenIcons(review), settings };
}

/** Icons whose caption or exclusion differs from what was found, for captions.jsonl. */
export function changedIcons(review: ReviewState, scan: ScanIconsResult): ReviewIcon[] {
  const found = new Map(scan.icons.map(({ id, caption }) => [id, caption]));
  return review.icons.filter(({ id, caption, excluded }) => excluded || caption.trim() !== found.get(id));
}

export function sameForm(a: TuneForm, b: TuneForm): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
