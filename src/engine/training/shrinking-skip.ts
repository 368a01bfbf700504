/**
 * The skipping step k over a training. With k as long as the schedule the second point is the picture itself, and the
 * loss is ordinary denoising, which learns a new look in few steps; as k shrinks, the answers at neighbouring time
 * points must agree, and one step becomes as good as many ("Consistency Models Made Easy", Geng et al. 2024, section 3).
 */
import type { NoiseSchedule } from '../sampling/schedule';
import { timePairs, type TimePair } from './consistency';
import type { TrainingSettings } from './settings';

/** k at a step (from 0): `firstSkip`, halved every `halveSkipEvery` steps down to `skip`. */
export function skipAt({ skip, firstSkip, halveSkipEvery }: SkipSettings, step: number): number {
  return Math.max(skip, Math.round(firstSkip / 2 ** Math.floor(step / halveSkipEvery)));
}

/** The pairs that a step (from 0) draws from. */
export function pairsAt(
  schedule: NoiseSchedule,
  settings: SkipSettings & Pick<TrainingSettings, 'start'>,
): (step: number) => readonly TimePair[] {
  const known = new Map<number, readonly TimePair[]>();
  return (step) => {
    const skip = skipAt(settings, step);
    const pairs = known.get(skip) ?? timePairs(schedule, skip, settings.start);
    known.set(skip, pairs);
    return pairs;
  };
}

type SkipSettings = Pick<TrainingSettings, 'skip' | 'firstSkip' | 'halveSkipEvery'>;
