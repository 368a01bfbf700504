/**
 * The trials behind the defaults of fine-tuning. Readings are added to out/research/fine-tuning/trials/readings.jsonl, with a contact
 * sheet and the matrices beside them. Option: a JSON file with trials (research/fine-tuning/trials.json when absent).
 */
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { trainingSettings, type TrainingSettings } from '../../src/engine/training/settings';
import { iconDrawer } from './draw-icon';
import { installPackages } from './icon-packages';
import { makeJudges } from './judges';
import { Lab } from './lab';
import { splitSet, STYLE_SETS } from './style-sets';
import { tryOut, type Reading, type Trial } from './sweep';

const FOLDER = path.resolve('out/research/fine-tuning/trials');

interface Line extends Omit<Trial, 'settings'> {
  /** Numbers of the sets. */
  readonly sets: readonly number[];
  readonly settings: Partial<TrainingSettings>;
}

async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  installPackages();
  const lab = await Lab.open();
  const draw = await iconDrawer(lab.size);
  const judges = await makeJudges(draw);
  const lines = JSON.parse(readFileSync(process.argv[2] ?? 'research/fine-tuning/trials.json', 'utf8')) as Line[];
  for (const { sets, ...line } of lines) {
    for (const index of sets) {
      const set = STYLE_SETS[index]!;
      const parts = { lab, judges, draw, set: { ...set, ...splitSet(set) }, folder: FOLDER, onReading: keep };
      await tryOut(parts, { ...line, settings: trainingSettings(line.settings) });
    }
  }
}

function keep(reading: Reading): void {
  appendFileSync(path.join(FOLDER, 'readings.jsonl'), `${JSON.stringify(reading)}\n`);
  const mean = (all: readonly number[]): string => (all.reduce((sum, one) => sum + one, 0) / all.length).toFixed(3);
  const {
    label,
    step,
    seconds,
    guidance,
    strength,
    start = 0,
    steps = 4,
    styleDistance,
    recalls,
    recallsOfFive,
  } = reading;
  console.log(
    `${reading.package} ${label} ${step} steps ${seconds.toFixed(0)} s, guidance ${guidance}, strength ${strength}, start ${start}, in ${steps}: ` +
      `distance ${styleDistance.toFixed(2)}, recall ${mean(recalls)} ${mean(recallsOfFive)}`,
  );
}

void main();
