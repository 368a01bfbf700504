/** What is measured of a condition: style distance, recall of concepts, at every number of steps. */
import type { RawImage } from '../../src/pictures/raw';
import type { TrainingSessions } from '../../src/engine/training/training-sessions';
import type { LoraFeeds } from '../../src/engine/training/networks';
import type { ConceptClassifier } from './classifier';
import { CONCEPTS } from './concepts';
import { drawNames, type Lab } from './lab';
import type { StyleDistance } from './style-distance';

/** The same noise for the same name in every condition. */
const SEEDS = { names: 1, concepts: 1000 } as const;
/** Steps at which recall is measured with more pictures. */
export const MAIN_STEPS = 4;
const ROUNDS = { main: 6, other: 1 } as const;

export interface Judges {
  readonly style: StyleDistance;
  readonly classifier: ConceptClassifier;
}

export interface Subject {
  readonly lab: Lab;
  readonly sessions: Pick<TrainingSessions, 'target'>;
  /** Held-out names, and the set's own icons of them. */
  readonly names: readonly string[];
  readonly real: readonly RawImage[];
}

export interface Measured {
  readonly styleDistance: number;
  /** Share of the concepts that the classifier names right, at once or among five. */
  readonly recall: number;
  readonly recallOfFive: number;
  /** By concept: share of its pictures that are named right at once. */
  readonly recalls: readonly number[];
  /** Of the held-out names. */
  readonly pictures: readonly RawImage[];
}

/** How a LoRA is used. */
export interface Use {
  readonly steps: number;
  /** diffusers' guidance_scale. */
  readonly guidance: number;
  /** Share of the noise schedule that passes before it begins. */
  readonly start: number;
}

export async function measured(subject: Subject, judges: Judges, lora: LoraFeeds, use: Use): Promise<Measured> {
  const { lab, sessions, names, real } = subject;
  const draw = (asked: readonly string[], seed: number): Promise<RawImage[]> =>
    drawNames(lab, sessions, lora, { names: asked, ...use, seed });
  const pictures = await draw(names, SEEDS.names);
  const concepts = CONCEPTS.map(({ name }) => name);
  const labelled: { image: RawImage; label: number }[] = [];
  const rounds = use.steps === MAIN_STEPS ? ROUNDS.main : ROUNDS.other;
  for (let round = 1; round <= rounds; round++) {
    const drawn = await draw(concepts, SEEDS.concepts * round);
    labelled.push(...drawn.map((image, label) => ({ image, label })));
  }
  const { classifier } = judges;
  const ofConcept = (wanted: number): number =>
    classifier.recall(
      labelled.filter(({ label }) => label === wanted),
      1,
    );
  return {
    styleDistance: judges.style.between(pictures, real),
    recall: classifier.recall(labelled, 1),
    recallOfFive: classifier.recall(labelled, 5),
    recalls: concepts.map((_, label) => ofConcept(label)),
    pictures,
  };
}
