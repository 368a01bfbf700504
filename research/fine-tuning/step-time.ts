/** Where the time of a training step goes. */
import { endsOf, noised, startsOf } from '../../src/engine/training/batch';
import { pairsAt } from '../../src/engine/training/shrinking-skip';
import { DrawSource } from '../../src/engine/training/draw';
import { feedsOf, optimizerStep } from '../../src/engine/training/optimizer-step';
import { sameNoise } from '../../src/engine/training/second-point';
import type { TrainingSettings } from '../../src/engine/training/settings';
import type { EncodedExample } from '../../src/engine/training/training-set';
import { freshState } from '../../src/engine/training/training-state';
import { median, timed } from '../../bench/support/machine';
import type { Lab } from './lab';

export interface StepTime {
  /**
   * Milliseconds: the whole step, the target network for those of a batch that need it, the online network's forward and backward
   * passes.
   */
  readonly step: number;
  readonly target: number;
  readonly online: number;
  /** Backward ÷ forward, the forward pass timed alone with the same batch. */
  readonly ratio: number;
}

const REPEATS = 15;

/** Medians over steps that alternate with passes of one network, so that disturbances meet all of them. */
export async function stepTime(
  lab: Lab,
  examples: readonly EncodedExample[],
  settings: TrainingSettings,
): Promise<StepTime> {
  const sessions = await lab.sessions(settings, examples);
  const { schedule } = lab.pipeline.parts;
  const draws = new DrawSource(examples, pairsAt(schedule, settings), lab.model.denoiser, settings);
  const state = freshState(lab.initial(settings));
  const parts = { ...sessions, schedule, secondPoint: sameNoise(schedule) };
  const times: Record<'step' | 'forward' | 'target' | 'online', number[]> = {
    step: [],
    forward: [],
    target: [],
    online: [],
  };
  // The last steps of a training: k has its final value.
  const first = Math.max(0, settings.steps - REPEATS);
  for (let i = 0; i < REPEATS; i++) {
    const [draw] = draws.ofStep(first + i);
    const { conditioning } = draw!;
    const at = (timesteps: readonly number[]): Parameters<typeof sessions.target.evaluate>[0] => ({
      sample: noised(schedule, draw!, timesteps),
      timesteps,
      conditioning,
    });
    const forward = await timed(() => sessions.target.evaluate(at(startsOf(draw!)), feedsOf(state, 'average')));
    const target = await timed(() => sessions.target.evaluate(at(endsOf(draw!)), feedsOf(state, 'average')));
    const online = await timed(() =>
      sessions.online.evaluate(at(startsOf(draw!)), target.result, feedsOf(state, 'value')),
    );
    const step = await timed(() => optimizerStep(parts, state, draws.ofStep(first + i), settings));
    // The first round makes buffers.
    if (i === 0) continue;
    times.forward.push(forward.seconds);
    times.target.push(target.seconds);
    times.online.push(online.seconds);
    times.step.push(step.seconds);
  }
  const middle = (all: readonly number[]): number => 1000 * median(all);
  const [forward, online] = [middle(times.forward), middle(times.online)];
  return { step: middle(times.step), target: middle(times.target), online, ratio: (online - forward) / forward };
}
