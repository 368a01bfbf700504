/** What `fourstep tune` prints for people. */
import type { ScannedIcon, TuneResult } from '../contract/tune-api';
import { printable } from '../domain/printable';
import type { TuneDraft, TuneOutcome } from './tune';
import { bytesText, durationText } from './values';

export function tuneText(outcome: TuneOutcome): string {
  if ('draft' in outcome) return draftText(outcome.draft);
  return `${outcome.result.styleDir}\n`;
}

/** Told on standard error when a training has ended by itself. */
export function endText(outcome: TuneOutcome): string {
  return 'draft' in outcome ? '' : trainedText(outcome.result);
}

export function trainedText({ ended, steps, bestStep, gauge, notices }: Omit<TuneResult, 'path'>): string {
  const [first, best] = [gauge[0], gauge.find(({ step }) => step === bestStep)];
  const how = {
    finished: `Trained ${steps} steps`,
    stopped: `Stopped after ${steps} steps`,
    'gauge-rose': `Ended after ${steps} steps, because the gauge did not fall any more`,
  }[ended];
  const readings =
    first === undefined || best === undefined
      ? ''
      : `; gauge ${first.value.toPrecision(4)} before, ${best.value.toPrecision(4)} at step ${bestStep}, which is kept`;
  return [...notices.map((notice) => `Note: ${printable(notice)}`), `${how}${readings}.`]
    .map((line) => `${line}\n`)
    .join('');
}

function draftText({ styleDir, styleWord, probes, scan, plan }: TuneDraft): string {
  const { icons, groups, skipped, size } = scan;
  const held = icons.filter(({ heldOut }) => heldOut).length;
  const { steps, batchSize, rank, learningRate } = plan.settings;
  const lines = [
    `style     ${styleDir}`,
    ...(styleWord === '' ? [] : [`words     ${printable(styleWord)}`]),
    `icons     ${icons.length}, drawn at ${size}×${size}; ${held} held out for the gauge (*)`,
    ...groups.map(({ label, count }) => `  ${printable(label)}: ${count}`),
    ...icons.map(iconText),
    `probes    ${probes.map(printable).join(', ')}`,
    `training  ${steps} steps of ${batchSize} pictures, rank ${rank}, learning rate ${learningRate}`,
    `takes     about ${durationText(plan.seconds)} and ${bytesText(plan.memoryBytes)} of memory (${plan.measured ? 'measured in a training on this machine' : 'reckoned from one picture on this machine'})`,
    ...(skipped.length === 0 ? [] : [`left out  ${skipped.length}`]),
    ...skipped.map(({ id, reason }) => `  ${printable(id)}: ${printable(reason)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function iconText({ id, caption, heldOut }: ScannedIcon): string {
  return `  ${heldOut ? '*' : ' '} ${printable(id)}: ${printable(caption)}`;
}
