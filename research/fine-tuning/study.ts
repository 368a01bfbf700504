/**
 * Does fine-tuning work? Three icon sets that the built-in model never saw, learned by Latent Consistency Fine-tuning and,
 * for comparison, by an ordinary LoRA; style distance, recall and cost go into research/fine-tuning/REPORT.md.
 * Options: --sets 0,2 (some of the sets; the report keeps the others' numbers), --only compare|cost, --settings JSON.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { TrainingSettings } from '../../src/engine/training/settings';
import { tuneSettings } from '../../src/worker/tune/tune-settings';
import { describeMachine } from '../../bench/support/machine';
import { compareSet, type SetResult } from './compare-set';
import { iconDrawer, type DrawIcon } from './draw-icon';
import { installPackages } from './icon-packages';
import { makeJudges } from './judges';
import { Lab } from './lab';
import type { Judges } from './measures';
import { writeReport, type Results } from './report-tables';
import { stepTime } from './step-time';
import { LEARNED, splitSet, STYLE_SETS } from './style-sets';
import { workerCost } from './worker-cost';

const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: STYLE_SETS.map((_, i) => i).join(',') },
    only: { type: 'string' },
    settings: { type: 'string', default: '{}' },
  },
});
const FOLDER = path.resolve('research/fine-tuning');
const KEPT = path.resolve('out/research/fine-tuning/results.json');

async function main(): Promise<void> {
  mkdirSync(path.dirname(KEPT), { recursive: true });
  installPackages();
  const lab = await Lab.open();
  const draw = await iconDrawer(lab.size);
  const settings = tuneSettings(JSON.parse(values.settings) as Partial<TrainingSettings>, LEARNED);
  const judges = await makeJudges(draw);
  const judge = judges.classifier.title;
  const results: Results = { ...keptResults(lab.modelId, judge), machine: describeMachine() };
  if (values.only !== 'cost') await compareSets(lab, judges, { draw, settings }, results);
  if (values.only !== 'compare') await measureCost(lab, draw, settings, results);
}

async function compareSets(
  lab: Lab,
  judges: Judges,
  { draw, settings }: { readonly draw: DrawIcon; readonly settings: TrainingSettings },
  results: Results,
): Promise<void> {
  results.ceilings = STYLE_SETS.map((set) => ({ package: set.package, ...judges.classifier.ceilingOf(set.package) }));
  for (const index of values.sets.split(',').map(Number)) {
    const set = STYLE_SETS[index];
    if (set === undefined) throw new Error(`There is no set ${index}; they are 0 to ${STYLE_SETS.length - 1}`);
    console.log(`${set.package} …`);
    const result = await compareSet(lab, judges, { ...set, ...splitSet(set) }, { settings, draw, folder: FOLDER });
    results.sets = inOrder([...results.sets.filter((other) => other.package !== set.package), result]);
    keep(results);
  }
}

async function measureCost(lab: Lab, draw: DrawIcon, settings: TrainingSettings, results: Results): Promise<void> {
  const [set] = STYLE_SETS;
  const { learned } = splitSet(set!);
  results.stepTime = await stepTime(lab, await lab.encode(learned, draw), settings);
  await lab.releaseSessions();
  results.cost = await workerCost(set!, learned);
  keep(results);
}

function inOrder(sets: readonly SetResult[]): SetResult[] {
  return STYLE_SETS.flatMap((set) => sets.filter((result) => result.package === set.package));
}

/** Of earlier runs with the same model and judge. */
function keptResults(model: string, judge: string): Results {
  const nothing: Results = { machine: '', model, judge, sets: [], ceilings: [] };
  if (!existsSync(KEPT)) return nothing;
  const kept = JSON.parse(readFileSync(KEPT, 'utf8')) as Results;
  return kept.model === model && kept.judge === judge ? kept : nothing;
}

function keep(results: Results): void {
  writeFileSync(KEPT, JSON.stringify(results, undefined, 2));
  writeReport(path.join(FOLDER, 'REPORT.md'), results);
}

void main();
