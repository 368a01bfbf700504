/** What is measured of a condition: style distance, recall of concepts, at every number of steps. */
import type { RawImage } from '../../src/engine/image/raw';
import type { TrainingSessions } from '../../src/engine/training/load-training';
import type { LoraFeeds } from '../../src/engine/training/networks';
import type { ConceptClassifier } from './classifier';
import { CONCEPTS } from './concepts';
import { drawNames, type Lab } from './lab';
import type { StyleDistance } from './style-distance';

/** The same noise for the same name in every condition. */
const SEEDS = { names: 1, concepts: 1000 } as const;

export interface Judges {
  readonly style: StyleDistance;
  readonly classifier: ConceptClassifier;
}

export interface Subject {
  readonly lab: Lab;
  readonly sessions: Pick<TrainingSessions, 'target'>;
  readonly styleWord: string;
  /** Held-out names, and the set's own icons of them. */
  readonly names: readonly string[];
  readonly real: readonly RawImage[];
  /** diffusers' guidance_scale. */
  readonly guidance: number;
}

export interface Measured {
  readonly styleDistance: number;
  /** Share of the concepts that the classifier names right, at once or among five. */
  readonly recall: number;
  readonly recallOfFive: number;
  /** Of the held-out names. */
  readonly pictures: readonly RawImage[];
}

export async function measured(subject: Subject, judges: Judges, lora: LoraFeeds, steps: number): Promise<Measured> {
  const { lab, sessions, names, styleWord, guidance, real } = subject;
  const draw = (asked: readonly string[], seed: number): Promise<RawImage[]> =>
    drawNames(lab, sessions, lora, { names: asked, styleWord, steps, guidance, seed });
  const pictures = await draw(names, SEEDS.names);
  const concepts = await draw(
    CONCEPTS.map(({ name }) => name),
    SEEDS.concepts,
  );
  const labelled = concepts.map((image, label) => ({ image, label }));
  return {
    styleDistance: judges.style.between(pictures, real),
    recall: judges.classifier.recall(labelled, 1),
    recallOfFive: judges.classifier.recall(labelled, 5),
    pictures,
  };
}
