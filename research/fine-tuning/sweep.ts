/** Trials that choose the defaults: one training each, measured at several numbers of steps and with several uses of its result. */
import path from 'node:path';
import type { RawImage } from '../../src/pictures/raw';
import { openSafetensors, readTensor } from '../../src/engine/checkpoints/safetensors';
import { writeSafetensors } from '../../src/engine/checkpoints/safetensors-writer';
import type { Tensor } from '../../src/engine/tensors/tensor';
import type { WeightTensor } from '../../src/engine/checkpoints/weight-source';
import type { TrainingSessions } from '../../src/engine/training/training-sessions';
import type { LoraFeeds } from '../../src/engine/training/networks';
import type { TrainingSettings } from '../../src/engine/training/settings';
import { CONCEPTS } from './concepts';
import { writeContactSheet } from './contact-sheet';
import type { DrawIcon } from './draw-icon';
import { consistencyTuning } from './fine-tuning';
import { drawNames, type Lab } from './lab';
import { recallsOf, type Judges } from './measures';
import { noisePredictionTuning } from './noise-prediction';
import { withStrength } from './strength';
import type { SplitSet, StyleSet } from './style-sets';

/** How a result is used: diffusers' guidance_scale, the strength of the LoRA and where it begins. */
export interface Use {
  readonly guidance: number;
  readonly strength: number;
  /** Share of the noise schedule that passes before it begins; absent: none. */
  readonly start?: number;
  /** Sampling steps; absent: 4. */
  readonly steps?: number;
}

export interface Trial {
  readonly label: string;
  readonly settings: TrainingSettings;
  /** So many of the set's icons are learned from. */
  readonly icons: number;
  /** Steps after which the result is measured; 0 is the untuned model. */
  readonly at: readonly number[];
  readonly uses: readonly Use[];
  /** Pictures of every concept. */
  readonly seeds: number;
  /** Seconds of an ordinary LoRA instead. */
  readonly ordinary?: number;
  /** Label of an earlier trial whose matrices are used again, at the steps in `at`. */
  readonly from?: string;
}

export interface Reading extends Use {
  readonly label: string;
  readonly package: string;
  readonly icons: number;
  readonly step: number;
  readonly seconds: number;
  readonly styleDistance: number;
  /** By concept: share of its pictures that the classifier names right, at once and among five. */
  readonly recalls: readonly number[];
  readonly recallsOfFive: readonly number[];
}

const STEPS = 4;
const SHOWN = 10;
const SEEDS = { names: 1, concepts: 1000 } as const;

export interface SweepParts {
  readonly lab: Lab;
  readonly judges: Judges;
  readonly draw: DrawIcon;
  readonly set: StyleSet & SplitSet;
  readonly folder: string;
  readonly onReading: (reading: Reading) => void;
}

export async function tryOut(parts: SweepParts, trial: Trial): Promise<void> {
  const { lab, set, draw, folder } = parts;
  const examples = await lab.encode(set.learned.slice(0, trial.icons), draw);
  const sessions = await lab.sessions(trial.settings, examples);
  const rows: RawImage[][] = [set.heldOut.slice(0, 2 * SHOWN).map(({ svg }) => draw(svg))];
  const started = performance.now();
  let measuring = 0;
  const measure = async (step: number, lora: LoraFeeds): Promise<void> => {
    const before = performance.now();
    const seconds = (before - started - measuring) / 1000;
    const name = `${trial.label}-${set.package}-${step}`;
    if (step > 0 && trial.from === undefined)
      await writeSafetensors(path.join(folder, `${name}.safetensors`), new Map(Object.entries(lora)));
    for (const use of trial.uses) {
      const { reading, shown } = await read(parts, sessions, lora, { use, seeds: trial.seeds });
      rows.push(shown);
      parts.onReading({
        label: trial.label,
        package: set.package,
        icons: trial.icons,
        step,
        seconds,
        ...use,
        ...reading,
      });
    }
    await writeContactSheet(rows, path.join(folder, `${trial.label}-${set.package}.png`));
    measuring += performance.now() - before;
  };
  if (trial.from !== undefined) {
    for (const step of trial.at) await measure(step, await matricesOf(`${trial.from}-${set.package}-${step}`, folder));
    return;
  }
  if (trial.at.includes(0)) await measure(0, lab.unchanged(trial.settings));
  if (trial.ordinary !== undefined) {
    const { lora, steps } = await noisePredictionTuning(lab, examples, trial.settings, trial.ordinary);
    return measure(steps, lora);
  }
  const steps = Math.max(...trial.at);
  if (steps === 0) return;
  const { gauge } = await consistencyTuning(lab, examples, { ...trial.settings, steps }, async (step, lora) => {
    if (trial.at.includes(step)) await measure(step, lora());
  });
  console.log(`${trial.label}: gauge ${gauge.map(({ step, value }) => `${step}: ${value.toPrecision(3)}`).join(', ')}`);
}

async function matricesOf(name: string, folder: string): Promise<LoraFeeds> {
  const { tensors } = await openSafetensors(path.join(folder, `${name}.safetensors`));
  const read = async ([key, tensor]: readonly [string, WeightTensor]): Promise<readonly [string, Tensor]> => [
    key,
    await readTensor(tensor),
  ];
  return Object.fromEntries(await Promise.all([...tensors].map(read)));
}

type Scores = Pick<Reading, 'styleDistance' | 'recalls' | 'recallsOfFive'>;

async function read(
  { lab, judges, draw, set }: SweepParts,
  sessions: Pick<TrainingSessions, 'target'>,
  lora: LoraFeeds,
  { use, seeds }: { readonly use: Use; readonly seeds: number },
): Promise<{ reading: Scores; shown: RawImage[] }> {
  const feeds = withStrength(lora, use.strength);
  const request = { steps: use.steps ?? STEPS, guidance: use.guidance, start: use.start ?? 0 };
  const names = set.heldOut.map(({ caption }) => caption);
  const pictures = await drawNames(lab, sessions, feeds, { ...request, names, seed: SEEDS.names });
  const concepts = CONCEPTS.map(({ name }) => name);
  const rounds: RawImage[][] = [];
  for (let round = 0; round < seeds; round++) {
    const seed = SEEDS.concepts * (round + 1);
    rounds.push(await drawNames(lab, sessions, feeds, { ...request, names: concepts, seed }));
  }
  const recalls = await recallsOf(judges.classifier, rounds);
  return {
    reading: {
      styleDistance: judges.style.between(
        pictures,
        set.heldOut.map(({ svg }) => draw(svg)),
      ),
      ...recalls,
    },
    shown: [...pictures.slice(0, SHOWN), ...rounds[0]!.slice(0, SHOWN)],
  };
}
