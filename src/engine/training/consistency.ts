/** The consistency function and the pairs of time points it is trained on. */
import { boundaryScalings } from '../diffusion/lcm';
import { originalFrom, type NoiseSchedule } from '../diffusion/schedule';

/** Two points of one trajectory, t_{n+k} and t_n. */
export interface TimePair {
  readonly start: number;
  readonly end: number;
}

/** All pairs of the grid t = k (i + 1) − 1, i = 0 … ⌊T / k⌋ − 1; the end is k earlier, at least 0 (LCM paper, skipping step k). */
export function timePairs(schedule: NoiseSchedule, skip: number): readonly TimePair[] {
  const count = Math.floor(schedule.config.numTrainTimesteps / skip);
  return Array.from({ length: count }, (_, index) => {
    const start = skip * (index + 1) - 1;
    return { start, end: Math.max(start - skip, 0) };
  });
}

/** f(z, t) = sample · z + output · network(z, t): c_skip z + c_out x̂0 with x̂0 written out (LCM paper, equation 9). */
export function consistencyWeights(schedule: NoiseSchedule, timestep: number): { sample: number; output: number } {
  const { predictionType, timestepScaling } = schedule.config;
  const { cSkip, cOut } = boundaryScalings(timestep, timestepScaling);
  const original = originalFrom(predictionType, schedule.alpha(timestep), schedule.sigma(timestep));
  return { sample: cSkip + cOut * original.sample, output: cOut * original.output };
}
