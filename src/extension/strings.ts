/** The texts of the pages, translated by VS Code. A page fills `{0}` in itself. */
import * as vscode from 'vscode';
import type { DRAWING } from '../contract/drawing-settings';
import type { Strings } from '../contract/page-strings';
import type { NamesWith } from '../contract/setting';

/** A label for every row of the form; the compiler says which one is missing. */
function panelLabels(): Record<NamesWith<typeof DRAWING, 'form'>, string> {
  const { t } = vscode.l10n;
  return {
    prompt: t('Prompt'),
    negativePrompt: t('Avoid'),
    steps: t('Steps'),
    count: t('Variants'),
    size: t('Size'),
    guidance: t('Guidance'),
    sampler: t('Sampler'),
    clipSkip: t('Text encoder layers to skip'),
    seed: t('Seed'),
  };
}

export function panelStrings(): Strings {
  const { t } = vscode.l10n;
  return {
    ...panelLabels(),
    promptPlaceholder: t('What should the picture show? For example: a paper plane icon, flat, blue'),
    generate: t('Generate'),
    generateAgain: t('Generate again'),
    newSeed: t('New seed'),
    modelSize: t('Model size'),
    suited: t('Automatic'),
    stop: t('Stop'),
    stopNow: t('Stop now'),
    stopNowHint: t('Ends the worker process at once. The model is loaded again for the next picture.'),
    retry: t('Retry'),
    showLog: t('Show log'),
    save: t('Save'),
    saveCount: t('Save {0}'),
    saved: t('Saved as {0}'),
    more: t('More settings'),
    styles: t('Styles of this workspace'),
    strength: t('Strength of {0}'),
    grid: t('Variants'),
    variant: t('Variant {0}, seed {1}'),
    variantPending: t('Variant {0}, not finished'),
    idle: t('Ready.'),
    queued: t('Waiting: {0} ahead in the queue.'),
    loading: t('Loading the model …'),
    working: t('Step {0} of {1}, about {2} s left'),
    starting: t('Starting …'),
    stopping: t('Stopping after this step …'),
    stopped: t('Stopped. What was finished is kept.'),
    done: t('{0} variants are ready. Choose with the arrow keys and Space, save with Enter.'),
    failed: t('Generation failed.'),
    empty: t('Describe a picture above and press Generate.'),
    badNumber: t('{0}: enter a number from {1} to {2}.'),
    badWhole: t('{0}: enter a whole number from {1} to {2}.'),
    keys: t('Arrow keys move, Space chooses, Enter saves, Escape stops'),
  };
}

export function galleryStrings(): Strings {
  const { t } = vscode.l10n;
  return {
    list: t('Generated pictures'),
    loading: t('Looking for generated pictures …'),
    empty: t('No generated pictures in this workspace yet.'),
    hint: t('Select a description in any file and run "Generate Image from Selection".'),
    generate: t('Generate an image'),
    truncated: t('Only the newest {0} pictures are shown.'),
    open: t('Open'),
    reveal: t('Reveal in Explorer'),
    copyPath: t('Copy path'),
    again: t('Generate again'),
    item: t('{0}, made from "{1}"'),
  };
}
