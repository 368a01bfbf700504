/** Latent Consistency Fine-tuning as the product does it: the same trainer, with the same part of the icons for its gauge. */
import type { LoraFeeds } from '../../src/engine/training/networks';
import { openTraining } from '../../src/engine/training/open-training';
import type { TrainingSettings } from '../../src/engine/training/settings';
import type { CurvePoint } from '../../src/engine/training/training-record';
import type { EncodedExample } from '../../src/engine/training/training-set';
import type { Lab } from './lab';

export interface Tuned {
  readonly lora: LoraFeeds;
  /** Steps taken, and the time they took. */
  readonly steps: number;
  readonly seconds: number;
}

export interface ConsistencyTuned extends Tuned {
  /** Step whose weights are `lora`, by the gauge. */
  readonly kept: number;
  readonly gauge: readonly CurvePoint[];
}

/** One in so many icons is the gauge's, as the product proposes. */
const HOLD_OUT = 10;

/** The others are the gauge's. */
export function learnedOf<T>(icons: readonly T[]): T[] {
  return icons.filter((_, index) => index % HOLD_OUT !== HOLD_OUT - 1);
}

/** `onStep` sees the weights as they are after every step. */
export async function consistencyTuning(
  lab: Lab,
  examples: readonly EncodedExample[],
  settings: TrainingSettings,
  onStep?: (step: number, lora: () => LoraFeeds) => Promise<void>,
): Promise<ConsistencyTuned> {
  const learned = learnedOf(examples);
  const forLearning = new Set(learned);
  const training = await openTraining({
    model: lab.model,
    modelHash: lab.modelId,
    goal: 'style',
    examples: { learned, heldOut: examples.filter((example) => !forLearning.has(example)), hash: '' },
    settings,
    sessions: await lab.sessions(settings, examples),
  });
  const { state, record } = training;
  let seconds = 0;
  const seen = async (): Promise<void> => {
    if (state.step > 0) await onStep?.(state.step, () => training.feeds('now'));
  };
  await training.run({
    ready: async () => {
      await seen();
      return 'go';
    },
    turn: async (work) => {
      const started = performance.now();
      const result = await work();
      seconds += (performance.now() - started) / 1000;
      return result;
    },
    onStep: () => undefined,
    onGauge: () => undefined,
    onProbes: () => Promise.resolve(),
    save: () => Promise.resolve(),
  });
  await seen();
  const lora = Object.fromEntries(training.lora());
  return { lora, steps: state.step, seconds, kept: training.loraStep(), gauge: record.gauge };
}
