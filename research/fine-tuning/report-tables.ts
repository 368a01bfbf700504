/** The measured numbers as Markdown, put between two marks of the report. */
import { readFileSync, writeFileSync } from 'node:fs';
import { CONDITIONS, STEPS, type Score, type SetResult } from './compare-set';
import { STYLE_GUIDANCE, STYLE_START } from '../../src/domain/style';
import type { Ceiling } from './classifier';
import type { StepTime } from './step-time';
import type { WorkerCost } from './worker-cost';

export interface Results {
  machine: string;
  model: string;
  /** Which judge named the pictures. */
  judge: string;
  sets: SetResult[];
  ceilings: (Ceiling & { readonly package: string })[];
  stepTime?: StepTime;
  cost?: WorkerCost;
}

const MARKS = ['<!-- results -->', '<!-- /results -->'] as const;

/** Replaces what stands between the marks. */
export function writeReport(file: string, results: Results): void {
  const text = readFileSync(file, 'utf8');
  const [start, end] = [text.indexOf(MARKS[0]), text.indexOf(MARKS[1])];
  if (start < 0 || end < start) throw new Error(`${file} has no place for results: ${MARKS.join(' … ')}`);
  writeFileSync(file, `${text.slice(0, start)}${MARKS[0]}\n\n${resultText(results)}\n\n${text.slice(end)}`);
}

function resultText({ machine, model, judge, sets, ceilings, stepTime, cost }: Results): string {
  const blocks = [
    `Model ${model}; recall by ${judge}; ${machine}.`,
    ...sets.map(setText),
    '### Summary at 4 steps',
    `Untuned at the model's own guidance, tuned at guidance ${STYLE_GUIDANCE} from ${STYLE_START} of the noise schedule on; ± is the standard error over concepts.`,
    table(
      [
        'set',
        'style distance: untuned → LCF',
        'change',
        'recall: untuned → LCF',
        'change',
        'ordinary LoRA: distance, recall',
      ],
      sets.map(summaryRow),
    ),
    '### The judge on real icons of the sets, none of which it learned from',
    table(
      ['set', 'icons', 'right at once', 'among five'],
      ceilings.map((one) => [one.package, String(one.pictures), percent(one.recall_1), percent(one.recall_5)]),
    ),
    ...(cost === undefined && stepTime === undefined ? [] : ['### Cost']),
    ...(cost === undefined ? [] : [costText(cost)]),
    ...(stepTime === undefined ? [] : [stepText(stepTime)]),
  ];
  return blocks.join('\n\n');
}

function setText(set: SetResult): string {
  const { LCF, 'ordinary LoRA': ordinary } = set.training;
  const cells = (pick: (score: Score) => string): string[][] =>
    CONDITIONS.map((condition) => [condition, ...STEPS.map((steps) => pick(scoreOf(set, condition, steps)))]);
  return [
    `### ${set.title} (\`${set.package}\`)`,
    `![${set.title}](${set.package}.png)`,
    `Rows: held-out real icons, untuned, LCF, ordinary LoRA; 4 steps. Names: ${set.shown.join(', ')}.`,
    `Style distance from the held-out icons (learned icons: ${set.floor.toFixed(2)}; held-out ones through the autoencoder: ${set.autoencoder.toFixed(2)}):`,
    table(
      ['', ...STEPS.map((steps) => `${steps} step${steps === 1 ? '' : 's'}`)],
      cells(({ styleDistance }) => styleDistance.toFixed(2)),
    ),
    'Recall of the concept, at once and among five:',
    table(
      ['', ...STEPS.map((steps) => `${steps} step${steps === 1 ? '' : 's'}`)],
      cells(({ recall, recallOfFive }) => `${percent(recall)}, ${percent(recallOfFive)}`),
    ),
    `LCF: ${LCF.steps} steps in ${LCF.seconds.toFixed(0)} s with the gauge, weights of step ${set.kept} kept; ordinary LoRA: ${ordinary.steps} steps in the same time.`,
  ].join('\n\n');
}

function summaryRow(set: SetResult): string[] {
  const [before, lcf, ordinary] = [
    scoreOf(set, 'untuned', 4),
    scoreOf(set, 'LCF', 4),
    scoreOf(set, 'ordinary LoRA', 4),
  ];
  return [
    set.package,
    `${before.styleDistance.toFixed(2)} → ${lcf.styleDistance.toFixed(2)}`,
    percent(lcf.styleDistance / before.styleDistance - 1),
    `${percent(before.recall)} → ${percent(lcf.recall)}`,
    `${percent(lcf.recall / before.recall - 1)} (± ${percent(errorOfChange(before, lcf) / before.recall)})`,
    `${ordinary.styleDistance.toFixed(2)}, ${percent(ordinary.recall)}`,
  ];
}

/** Standard error of the difference of two recalls, over concepts: the same concepts and noises on both sides. */
function errorOfChange(before: Score, after: Score): number {
  const changes = after.recalls.map((share, concept) => share - before.recalls[concept]!);
  const mean = changes.reduce((sum, change) => sum + change, 0) / changes.length;
  const variance = changes.reduce((sum, change) => sum + (change - mean) ** 2, 0) / (changes.length - 1);
  return Math.sqrt(variance / changes.length);
}

function scoreOf({ scores }: SetResult, condition: string, steps: number): Score {
  const found = scores.find((score) => score.condition === condition && score.steps === steps);
  if (found === undefined) throw new Error(`${condition} was not measured at ${steps} steps`);
  return found;
}

function costText({ seconds, prepared, processorSeconds, memoryBytes, ...end }: WorkerCost): string {
  return (
    `100 icons, default settings, through the worker: **${seconds.toFixed(0)} s** (first step after ${prepared.toFixed(1)} s; ` +
    `${processorSeconds.toFixed(0)} s of processor time on all cores together), **${(memoryBytes / 1e9).toFixed(2)} GB** at most; ` +
    `${end.steps} steps (${end.ended}), weights of step ${end.bestStep} kept.`
  );
}

function stepText({ step, target, online, ratio }: StepTime): string {
  return (
    `One step: ${step.toFixed(0)} ms, of which target network (forward, where its answer is not known) ${target.toFixed(0)} ms, online network (forward and ` +
    `backward) ${online.toFixed(0)} ms, the rest (draws, AdamW, moving average) ${(step - target - online).toFixed(0)} ms. ` +
    `Backward ÷ forward: **${ratio.toFixed(2)}**.`
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
