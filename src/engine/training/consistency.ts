/** The consistency function and the pairs of time points it is trained on. */
import { boundaryScalings } from '../sampling/lcm';
import { originalFrom, type NoiseSchedule } from '../sampling/schedule';

/** Two points of one trajectory, t_{n+k} and t_n. */
export interface TimePair {
  readonly start: number;
  readonly end: number;
}

/** Timesteps between neighbouring first points: the grid of 50 of the LCM paper. */
const GRID = 20;

/**
 * All pairs that start on the grid t = g (i + 1) − 1, i = 0 … ⌊T / g⌋ − 1, and end `skip` earlier, at least at 0. The
 * paper's skipping step is 20; a shorter one makes the grid finer, a longer one brings what is learned near t = 0 to
 * the noisy end in fewer hops. `begin`: share of the schedule, from the noisy end, in which no pair starts.
 */
export function timePairs(schedule: NoiseSchedule, skip: number, begin = 0): readonly TimePair[] {
  const grid = Math.min(skip, GRID);
  const count = Math.floor(((1 - begin) * schedule.config.numTrainTimesteps) / grid);
  return Array.from({ length: count }, (_, index) => {
    const start = grid * (index + 1) - 1;
    return { start, end: Math.max(start - skip, 0) };
  });
}

/**
 * What the loss counts equally: pictures, as in the LCM paper (λ(t) = 1), or velocities. A difference of pictures is σ_t times one of
 * velocities, so with "velocity" both answers are divided by σ_t first; the nearly clean points, where lines and edges are drawn, then
 * count as much as they do in the training of diffusion models.
 */
export type LossWeighting = 'picture' | 'velocity';

/** What both answers at `timestep` are multiplied by before they are compared. */
export function lossScale(weighting: LossWeighting, schedule: NoiseSchedule, timestep: number): number {
  return weighting === 'picture' ? 1 : 1 / schedule.sigma(timestep);
}

/** f(z, t) = sample · z + output · network(z, t): c_skip z + c_out x̂0 with x̂0 written out (LCM paper, equation 9). */
export function consistencyWeights(schedule: NoiseSchedule, timestep: number): { sample: number; output: number } {
  const { predictionType, timestepScaling } = schedule.config;
  const { cSkip, cOut } = boundaryScalings(timestep, timestepScaling);
  const original = originalFrom(predictionType, schedule.alpha(timestep), schedule.sigma(timestep));
  return { sample: cSkip + cOut * original.sample, output: cOut * original.output };
}
