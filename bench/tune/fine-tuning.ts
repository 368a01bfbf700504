/** Latent Consistency Fine-tuning as the product does it, for as many steps or seconds as are given. */
import { DrawSource } from '../../src/engine/training/draw';
import { pairsAt } from '../../src/engine/training/shrinking-skip';
import { feedsOf, optimizerStep } from '../../src/engine/training/optimizer-step';
import type { LoraFeeds } from '../../src/engine/training/networks';
import { sameNoise } from '../../src/engine/training/second-point';
import type { TrainingSettings } from '../../src/engine/training/settings';
import type { EncodedExample } from '../../src/engine/training/training-set';
import { freshState } from '../../src/engine/training/training-state';
import type { Lab } from './lab';

export interface Tuned {
  readonly lora: LoraFeeds;
  /** Steps taken, and the time they took. */
  readonly steps: number;
  readonly seconds: number;
}

export async function consistencyTuning(
  lab: Lab,
  examples: readonly EncodedExample[],
  settings: TrainingSettings,
  onStep?: (step: number, lora: () => LoraFeeds) => Promise<void>,
): Promise<Tuned> {
  const sessions = await lab.sessions(settings, examples);
  const { schedule } = lab.pipeline.parts;
  const draws = new DrawSource(examples, pairsAt(schedule, settings), lab.base.config, settings);
  const parts = { ...sessions, schedule, secondPoint: sameNoise(schedule) };
  const state = freshState(lab.initial(settings));
  let seconds = 0;
  for (let step = 0; step < settings.steps; step++) {
    const started = performance.now();
    await optimizerStep(parts, state, draws.ofStep(step), { ...settings, learningRate: rateAt(settings, step) });
    seconds += (performance.now() - started) / 1000;
    await onStep?.(step + 1, () => feedsOf(state, 'average'));
  }
  return { lora: feedsOf(state, 'average'), steps: state.step, seconds };
}

export function rateAt({ learningRate, warmupSteps }: TrainingSettings, step: number): number {
  return learningRate * Math.min(1, (step + 1) / Math.max(1, warmupSteps));
}
