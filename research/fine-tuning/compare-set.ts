/** One icon set: the untuned model, Latent Consistency Fine-tuning and an ordinary LoRA, measured the same way. */
import path from 'node:path';
import { STYLE_GUIDANCE, STYLE_START } from '../../src/domain/style';
import type { RawImage } from '../../src/pictures/raw';
import type { TrainingSettings } from '../../src/engine/training/settings';
import { writeContactSheet } from './contact-sheet';
import type { DrawIcon } from './draw-icon';
import { consistencyTuning, learnedOf } from './fine-tuning';
import type { Lab } from './lab';
import { MAIN_STEPS, measured, type Judges, type Measured, type Subject } from './measures';
import { noisePredictionTuning } from './noise-prediction';
import type { SplitSet, StyleSet } from './style-sets';

export const CONDITIONS = ['untuned', 'LCF', 'ordinary LoRA'] as const;
export const STEPS = [1, 2, 4, 8] as const;
/** Pictures of a sheet's row. */
const SHOWN = 14;

export interface SetResult {
  readonly package: string;
  readonly title: string;
  /** Style distance of the learned icons, and of the held-out ones through the autoencoder, from the held-out ones. */
  readonly floor: number;
  readonly autoencoder: number;
  readonly scores: readonly Score[];
  readonly training: Readonly<Record<'LCF' | 'ordinary LoRA', TrainingTimes>>;
  /** Step whose weights LCF kept, by the gauge. */
  readonly kept: number;
  /** Names on the sheet. */
  readonly shown: readonly string[];
}

interface TrainingTimes {
  readonly steps: number;
  readonly seconds: number;
}

export interface Score extends Pick<Measured, 'styleDistance' | 'recall' | 'recallOfFive' | 'recalls'> {
  readonly condition: (typeof CONDITIONS)[number];
  readonly steps: number;
}

export async function compareSet(
  lab: Lab,
  judges: Judges,
  set: StyleSet & SplitSet,
  options: { readonly settings: TrainingSettings; readonly draw: DrawIcon; readonly folder: string },
): Promise<SetResult> {
  const { settings, draw, folder } = options;
  const examples = await lab.encode(set.learned, draw);
  const sessions = await lab.sessions(settings, examples);
  const real = set.heldOut.map(({ svg }) => draw(svg));
  const names = set.heldOut.map(({ caption }) => caption);
  const subject: Subject = { lab, sessions, names, real };

  const consistency = await consistencyTuning(lab, examples, settings);
  const ordinary = await noisePredictionTuning(lab, learnedOf(examples), settings, consistency.seconds);
  const scores: Score[] = [];
  const rows: RawImage[][] = [real.slice(0, SHOWN)];
  const loras = { untuned: lab.unchanged(settings), LCF: consistency.lora, 'ordinary LoRA': ordinary.lora };
  for (const condition of CONDITIONS) {
    const guidance = condition === 'untuned' ? lab.guidance : STYLE_GUIDANCE;
    for (const steps of STEPS) {
      const { pictures, ...score } = await measured(subject, judges, loras[condition], {
        steps,
        guidance,
        start: STYLE_START,
      });
      scores.push({ condition, steps, ...score });
      if (steps === MAIN_STEPS) rows.push(pictures.slice(0, SHOWN));
    }
  }
  await writeContactSheet(rows, path.join(folder, `${set.package}.png`));
  return {
    package: set.package,
    title: set.title,
    floor: judges.style.between(
      set.learned.map(({ svg }) => draw(svg)),
      real,
    ),
    autoencoder: judges.style.between(await throughAutoencoder(lab, real), real),
    scores,
    training: { LCF: timesOf(consistency), 'ordinary LoRA': timesOf(ordinary) },
    kept: consistency.kept,
    shown: names.slice(0, SHOWN),
  };
}

function timesOf({ steps, seconds }: TrainingTimes): TrainingTimes {
  return { steps, seconds };
}

/** What the model could draw at best. */
async function throughAutoencoder({ pipeline }: Lab, pictures: readonly RawImage[]): Promise<RawImage[]> {
  const results: RawImage[] = [];
  const noNoise = { encode: (size: number) => new Float32Array(size) };
  for (const picture of pictures) {
    const encoded = await pipeline.encode(picture);
    results.push(await pipeline.decode(encoded.sample(noNoise)));
  }
  return results;
}
