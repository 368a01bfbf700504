/** Latent Consistency Fine-tuning as the product does it: the same trainer, with the same part of the icons for its gauge. */
import { DrawSource } from '../../src/engine/training/draw';
import { FEWEST_TO_DECIDE, Gauge } from '../../src/engine/training/gauge';
import { timePairs } from '../../src/engine/training/consistency';
import { pairsAt } from '../../src/engine/training/shrinking-skip';
import { feedsOf } from '../../src/engine/training/optimizer-step';
import type { LoraFeeds } from '../../src/engine/training/networks';
import { sameNoise } from '../../src/engine/training/second-point';
import type { TrainingSettings } from '../../src/engine/training/settings';
import { Trainer } from '../../src/engine/training/trainer';
import type { CurvePoint } from '../../src/engine/training/training-record';
import type { EncodedExample } from '../../src/engine/training/training-set';
import { freshState } from '../../src/engine/training/training-state';
import { float32 } from '../../src/engine/tensors/tensor';
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
  const sessions = await lab.sessions(settings, examples);
  const { schedule } = lab.pipeline.parts;
  const learned = learnedOf(examples);
  const forLearning = new Set(learned);
  const pairs = timePairs(schedule, settings.skip, settings.start);
  const state = freshState(lab.initial(settings));
  const identity = { model: lab.modelId, data: '', settings };
  const trainer = new Trainer(
    {
      ...sessions,
      schedule,
      secondPoint: sameNoise(schedule),
      draws: new DrawSource(learned, pairsAt(schedule, settings), lab.base.config, settings),
      gauge: new Gauge(
        sessions.target,
        examples.filter((example) => !forLearning.has(example)),
        { ...settings, pairs },
      ),
      gaugeDecides: examples.length - learned.length >= FEWEST_TO_DECIDE,
    },
    settings,
    { state, record: { identity, loss: [], gauge: [], best: undefined }, best: new Map() },
  );
  let seconds = 0;
  const seen = async (): Promise<void> => {
    if (state.step > 0) await onStep?.(state.step, () => feedsOf(state, 'average'));
  };
  await trainer.run({
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
  const lora = Object.fromEntries(
    [...trainer.result].map(([name, data]) => [name, float32(data, state.matrices.get(name)!.shape)] as const),
  );
  const { gauge, best } = trainer.record;
  return { lora, steps: state.step, seconds, kept: best?.step ?? state.step, gauge };
}
