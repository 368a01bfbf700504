/** The texts of the fine-tuning page. */
import * as vscode from 'vscode';
import type { Strings } from '../../contract/page-strings';
import type { NamesWith } from '../../contract/setting';
import type { TRAINING } from '../../contract/training-settings';

export function tuneStrings(): Strings {
  return { ...reviewStrings(), ...trainingStrings(), ...settingLabels() };
}

/** A label for every row of the form; the compiler says which one is missing. */
function settingLabels(): Record<NamesWith<typeof TRAINING, 'form'>, string> {
  return {
    steps: vscode.l10n.t('Steps'),
    rank: vscode.l10n.t('LoRA rank'),
    learningRate: vscode.l10n.t('Learning rate'),
    seed: vscode.l10n.t('Seed'),
  };
}

function reviewStrings(): Strings {
  return {
    title: vscode.l10n.t('Fine-tune on an icon set'),
    scanning: vscode.l10n.t('Looking through {0} …'),
    intro: vscode.l10n.t('{0} icons in {1}. They teach the model their style; nothing leaves this machine.'),
    styleName: vscode.l10n.t('Name of the style'),
    styleWord: vscode.l10n.t('Style words, put behind every prompt (may be empty)'),
    advanced: vscode.l10n.t('Training settings'),
    start: vscode.l10n.t('Start training'),
    rescan: vscode.l10n.t('Look again'),
    saveCaptions: vscode.l10n.t('Save captions'),
    saveCaptionsHint: vscode.l10n.t('Writes changed captions and exclusions to captions.jsonl in the icon folder'),
    estimate: vscode.l10n.t('About {0} and {1} of memory, with {2}.'),
    estimating: vscode.l10n.t('Estimating time and memory …'),
    counts: vscode.l10n.t('{0} to learn from, {1} held out to measure with, {2} left out.'),
    tooFew: vscode.l10n.t('At least {0} icons are needed to learn a style; {1} are chosen.'),
    unfinished: vscode.l10n.t('A training of this name stopped at step {0} of {1}.'),
    trainedElsewhere: vscode.l10n.t(
      'Process {0} is training the style of this name, perhaps for another window. Wait for it, stop it there, or choose another name.',
    ),
    goOn: vscode.l10n.t('Go on with it'),
    icons: vscode.l10n.t('Icons of the set'),
    caption: vscode.l10n.t('Caption of {0}'),
    exclude: vscode.l10n.t('Leave out {0}'),
    include: vscode.l10n.t('Take {0} in again'),
    heldOut: vscode.l10n.t('held out'),
    heldOutHint: vscode.l10n.t('Never trained on: the gauge is measured with it'),
    group: vscode.l10n.t('Group'),
    allGroups: vscode.l10n.t('All groups ({0})'),
    skipped: vscode.l10n.t('{0} files were skipped'),
    badName: vscode.l10n.t('Give the style a name.'),
    badNumber: vscode.l10n.t('{0}: enter a number from {1} to {2}.'),
    badWhole: vscode.l10n.t('{0}: enter a whole number from {1} to {2}.'),
    seconds: vscode.l10n.t('{0} s'),
    minutes: vscode.l10n.t('{0} min'),
    hours: vscode.l10n.t('{0} h {1} min'),
    memory: vscode.l10n.t('{0} GB'),
  };
}

function trainingStrings(): Strings {
  return {
    training: vscode.l10n.t('Learning the style "{0}"'),
    queued: vscode.l10n.t('Waiting for the running job …'),
    loading: vscode.l10n.t('Loading the model …'),
    preparing: vscode.l10n.t('Drawing and encoding the icons …'),
    working: vscode.l10n.t('Step {0} of {1}'),
    workingLeft: vscode.l10n.t('Step {0} of {1}, about {2} left'),
    paused: vscode.l10n.t('Paused at step {0} of {1}. Nothing is lost while it waits.'),
    stopping: vscode.l10n.t('Stopping after this step; what was learned is kept …'),
    saving: vscode.l10n.t('Saving the style …'),
    device: vscode.l10n.t('on {0}'),
    deviceMemory: vscode.l10n.t('on {0}, {1} of memory'),
    pause: vscode.l10n.t('Pause'),
    resume: vscode.l10n.t('Resume'),
    stop: vscode.l10n.t('Stop and keep'),
    discard: vscode.l10n.t('Discard'),
    curves: vscode.l10n.t('Loss of each step and gauge on held-out icons'),
    loss: vscode.l10n.t('Loss (smoothed)'),
    gauge: vscode.l10n.t('Gauge on held-out icons'),
    gaugeHint: vscode.l10n.t(
      'The loss mostly shows the random time step. The gauge is measured with fixed noise on icons that are not trained on; with five of them or more, the weights are kept where it is lowest.',
    ),
    lastValues: vscode.l10n.t('Step {0}: loss {1}, gauge {2}'),
    kept: vscode.l10n.t('kept'),
    noGauge: vscode.l10n.t('Too few icons to hold some out: there is no gauge.'),
    probes: vscode.l10n.t('Before and after, for names that are not in the training set'),
    before: vscode.l10n.t('Before'),
    after: vscode.l10n.t('After {0} steps'),
    now: vscode.l10n.t('At step {0}'),
    notYet: vscode.l10n.t('not drawn yet'),
    probe: vscode.l10n.t('{0}: before, and after {1} steps'),
    finished: vscode.l10n.t('The style "{0}" is ready.'),
    endedFinished: vscode.l10n.t('All {0} steps are done; the weights of step {1} are kept.'),
    endedStopped: vscode.l10n.t('Stopped at step {0}; the weights of step {1} are kept.'),
    endedGauge: vscode.l10n.t('Ended early at step {0}, because the gauge rose; the weights of step {1} are kept.'),
    savedIn: vscode.l10n.t('It lies in {0}, small enough to commit.'),
    useStyle: vscode.l10n.t('Use this style now'),
    reveal: vscode.l10n.t('Reveal in Explorer'),
    failed: vscode.l10n.t('The training failed.'),
    retry: vscode.l10n.t('Go on from the last checkpoint'),
    back: vscode.l10n.t('Back to the icons'),
    showLog: vscode.l10n.t('Show log'),
  };
}
