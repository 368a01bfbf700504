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
  const { t } = vscode.l10n;
  return { steps: t('Steps'), rank: t('LoRA rank'), learningRate: t('Learning rate'), seed: t('Seed') };
}

function reviewStrings(): Strings {
  const { t } = vscode.l10n;
  return {
    title: t('Fine-tune on an icon set'),
    scanning: t('Looking through {0} …'),
    intro: t('{0} icons in {1}. They teach the model their style; nothing leaves this machine.'),
    styleName: t('Name of the style'),
    styleWord: t('Style words, put behind every prompt (may be empty)'),
    advanced: t('Training settings'),
    start: t('Start training'),
    rescan: t('Look again'),
    saveCaptions: t('Save captions'),
    saveCaptionsHint: t('Writes changed captions and exclusions to captions.jsonl in the icon folder'),
    estimate: t('About {0} and {1} of memory, with {2}.'),
    estimating: t('Estimating time and memory …'),
    counts: t('{0} to learn from, {1} held out to measure with, {2} left out.'),
    tooFew: t('At least {0} icons are needed to learn a style; {1} are chosen.'),
    unfinished: t('A training of this name stopped at step {0} of {1}.'),
    goOn: t('Go on with it'),
    icons: t('Icons of the set'),
    caption: t('Caption of {0}'),
    exclude: t('Leave out {0}'),
    include: t('Take {0} in again'),
    heldOut: t('held out'),
    heldOutHint: t('Never trained on: the gauge is measured with it'),
    group: t('Group'),
    allGroups: t('All groups ({0})'),
    skipped: t('{0} files were skipped'),
    badName: t('Give the style a name.'),
    badNumber: t('{0}: enter a number from {1} to {2}.'),
    badWhole: t('{0}: enter a whole number from {1} to {2}.'),
    seconds: t('{0} s'),
    minutes: t('{0} min'),
    hours: t('{0} h {1} min'),
    memory: t('{0} GB'),
  };
}

function trainingStrings(): Strings {
  const { t } = vscode.l10n;
  return {
    training: t('Learning the style “{0}”'),
    queued: t('Waiting for the running job …'),
    loading: t('Loading the model …'),
    preparing: t('Drawing and encoding the icons …'),
    working: t('Step {0} of {1}'),
    workingLeft: t('Step {0} of {1}, about {2} left'),
    paused: t('Paused at step {0} of {1}. Nothing is lost while it waits.'),
    stopping: t('Stopping after this step; what was learned is kept …'),
    saving: t('Saving the style …'),
    device: t('on {0}'),
    deviceMemory: t('on {0}, {1} of memory'),
    pause: t('Pause'),
    resume: t('Resume'),
    stop: t('Stop and keep'),
    discard: t('Discard'),
    curves: t('Loss of each step and gauge on held-out icons'),
    loss: t('Loss (smoothed)'),
    gauge: t('Gauge on held-out icons'),
    gaugeHint: t(
      'The loss mostly shows the random time step. The gauge is measured with fixed noise on icons that are not trained on; with five of them or more, the weights are kept where it is lowest.',
    ),
    lastValues: t('Step {0}: loss {1}, gauge {2}'),
    kept: t('kept'),
    noGauge: t('Too few icons to hold some out: there is no gauge.'),
    probes: t('Before and after, for names that are not in the training set'),
    before: t('Before'),
    after: t('After {0} steps'),
    now: t('At step {0}'),
    notYet: t('not drawn yet'),
    probe: t('{0}: before, and after {1} steps'),
    finished: t('The style “{0}” is ready.'),
    endedFinished: t('All {0} steps are done; the weights of step {1} are kept.'),
    endedStopped: t('Stopped at step {0}; the weights of step {1} are kept.'),
    endedGauge: t('Ended early at step {0}, because the gauge rose; the weights of step {1} are kept.'),
    savedIn: t('It lies in {0}, small enough to commit.'),
    useStyle: t('Use this style now'),
    reveal: t('Reveal in Explorer'),
    failed: t('The training failed.'),
    retry: t('Go on from the last checkpoint'),
    back: t('Back to the icons'),
    showLog: t('Show log'),
  };
}
