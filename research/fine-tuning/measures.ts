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
  /** Share of the pictures of concepts that the judge names right, at once or among five. */
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
  const rounds: RawImage[][] = [];
  const count = use.steps === MAIN_STEPS ? ROUNDS.main : ROUNDS.other;
  for (let round = 1; round <= count; round++) rounds.push(await draw(concepts, SEEDS.concepts * round));
  const { recalls, recallsOfFive } = await recallsOf(judges.classifier, rounds);
  return {
    styleDistance: judges.style.between(pictures, real),
    recall: mean(recalls),
    recallOfFive: mean(recallsOfFive),
    recalls,
    pictures,
  };
}

/** By concept: share of its pictures that the judge names right, at once and among five. `rounds`: one picture of every concept each. */
export async function recallsOf(
  classifier: ConceptClassifier,
  rounds: readonly (readonly RawImage[])[],
): Promise<{ readonly recalls: readonly number[]; readonly recallsOfFive: readonly number[] }> {
  const named = await Promise.all(rounds.map((round) => classifier.named(round, 5)));
  const share = (places: number): number[] =>
    CONCEPTS.map(({ concept }, i) => mean(named.map((round) => Number(round[i]!.slice(0, places).includes(concept)))));
  return { recalls: share(1), recallsOfFive: share(5) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
