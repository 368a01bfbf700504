/** What the engine can do, in numbers: the only ranges there are. Who offers fewer choices says so beside these (`src/contract`). */
import type { NumberRange } from './range';

const ranges = <K extends string>(of: Readonly<Record<K, NumberRange>>): Readonly<Record<K, NumberRange>> => of;

/** Of drawing. Whether a model can do it is checked again with the model at hand. */
export const DRAWING_RANGES = ranges({
  seed: { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true },
  /** More variants at once would only fill the panel; ask again for more. */
  count: { least: 1, most: 64, whole: true },
  /** Noise schedules have a thousand steps. */
  steps: { least: 1, most: 1000, whole: true },
  /** diffusers' guidance_scale. */
  guidance: { least: 0, most: 100 },
  /** How much of a picture that is started from may change. */
  strength: { least: 0, most: 1, without: 'least' },
  /** Pixels of a side; a model takes multiples of its size factor. */
  side: { least: 1, most: 65_536, whole: true },
  /** 1 is as it was trained, negative ones turn it round. Far beyond what gives pictures: a slip of the finger is worth a word. */
  loraWeight: { least: -10, most: 10 },
  /** Of what reference pictures say about the style: 1 is as trained, 0 leaves their details out. */
  likeStrength: { least: 0, most: 2 },
  /** Share of the noise schedule that passes before a LoRA begins. */
  loraStart: { least: 0, most: 1, without: 'most' },
});

/** Of training: the settings that a user may change, under the engine's names. */
export const TRAINING_RANGES = ranges({
  rank: { least: 1, most: 1024, whole: true },
  alpha: { least: 1e-3, most: 4096 },
  learningRate: { least: 1e-8, most: 1 },
  steps: { least: 1, most: 1_000_000, whole: true },
  batchSize: { least: 1, most: 256, whole: true },
  seed: { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true },
  checkpointEvery: { least: 1, most: 1_000_000, whole: true },
  /** Guidance w of the paper; beyond this it turns pictures into noise in every model we know. */
  omega: { least: 0, most: 30 },
});

/** Reference pictures that a model is shown: one says little about a style, and it was trained with no more. */
export const REFERENCE_COUNT = { least: 1, most: 8, whole: true } as const satisfies NumberRange;

/** Icons of a set: fewer show no style, more take too long to look through. */
export const ICON_COUNT = { least: 5, most: 5000, whole: true } as const satisfies NumberRange;
