/** The texts of the pages, translated by VS Code. A page fills `{0}` in itself. */
import * as vscode from 'vscode';
import type { DRAWING } from '../contract/drawing-settings';
import type { Strings } from '../contract/page-strings';
import type { NamesWith } from '../contract/setting';

/** A label for every row of the form; the compiler says which one is missing. */
function panelLabels(): Record<NamesWith<typeof DRAWING, 'form'>, string> {
  return {
    prompt: vscode.l10n.t('Prompt'),
    negativePrompt: vscode.l10n.t('Avoid'),
    steps: vscode.l10n.t('Steps'),
    count: vscode.l10n.t('Variants'),
    size: vscode.l10n.t('Size'),
    guidance: vscode.l10n.t('Guidance'),
    sampler: vscode.l10n.t('Sampler'),
    clipSkip: vscode.l10n.t('Text encoder layers to skip'),
    seed: vscode.l10n.t('Seed'),
  };
}

export function panelStrings(): Strings {
  return {
    ...panelLabels(),
    promptPlaceholder: vscode.l10n.t('What should the picture show? For example: a paper plane icon, flat, blue'),
    generate: vscode.l10n.t('Generate'),
    generateAgain: vscode.l10n.t('Generate again'),
    newSeed: vscode.l10n.t('New seed'),
    modelSize: vscode.l10n.t('Model size'),
    suited: vscode.l10n.t('Automatic'),
    stop: vscode.l10n.t('Stop'),
    stopNow: vscode.l10n.t('Stop now'),
    stopNowHint: vscode.l10n.t('Ends the worker process at once. The model is loaded again for the next picture.'),
    retry: vscode.l10n.t('Retry'),
    showLog: vscode.l10n.t('Show log'),
    save: vscode.l10n.t('Save'),
    saveCount: vscode.l10n.t('Save {0}'),
    saved: vscode.l10n.t('Saved as {0}'),
    more: vscode.l10n.t('More settings'),
    styles: vscode.l10n.t('Styles of this workspace'),
    strength: vscode.l10n.t('Strength of {0}'),
    grid: vscode.l10n.t('Variants'),
    variant: vscode.l10n.t('Variant {0}, seed {1}'),
    variantPending: vscode.l10n.t('Variant {0}, not finished'),
    idle: vscode.l10n.t('Ready.'),
    queued: vscode.l10n.t('Waiting: {0} ahead in the queue.'),
    loading: vscode.l10n.t('Loading the model …'),
    working: vscode.l10n.t('Step {0} of {1}, about {2} s left'),
    starting: vscode.l10n.t('Starting …'),
    stopping: vscode.l10n.t('Stopping after this step …'),
    stopped: vscode.l10n.t('Stopped. What was finished is kept.'),
    done: vscode.l10n.t('{0} variants are ready. Choose with the arrow keys and Space, save with Enter.'),
    failed: vscode.l10n.t('Generation failed.'),
    empty: vscode.l10n.t('Describe a picture above and press Generate.'),
    badNumber: vscode.l10n.t('{0}: enter a number from {1} to {2}.'),
    badWhole: vscode.l10n.t('{0}: enter a whole number from {1} to {2}.'),
    keys: vscode.l10n.t('Arrow keys move, Space chooses, Enter saves, Escape stops'),
  };
}

export function galleryStrings(): Strings {
  return {
    list: vscode.l10n.t('Generated pictures'),
    loading: vscode.l10n.t('Looking for generated pictures …'),
    empty: vscode.l10n.t('No generated pictures in this workspace yet.'),
    hint: vscode.l10n.t('Select a description in any file and run "Generate Image from Selection".'),
    generate: vscode.l10n.t('Generate an image'),
    truncated: vscode.l10n.t('Only the newest {0} pictures are shown.'),
    open: vscode.l10n.t('Open'),
    reveal: vscode.l10n.t('Reveal in Explorer'),
    copyPath: vscode.l10n.t('Copy path'),
    again: vscode.l10n.t('Generate again'),
    item: vscode.l10n.t('{0}, made from "{1}"'),
  };
}
