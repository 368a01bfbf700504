/** Which training timesteps an N-step run of an ordinary (not consistency) sampler visits. */
import { UserError } from '../../domain/errors';
import { roundHalfEven } from '../../domain/round-half-even';
import type { SchedulerConfig } from './scheduler-config';

type Spacing = Pick<SchedulerConfig, 'numTrainTimesteps' | 'timestepSpacing' | 'stepsOffset'>;

/** Descending timesteps by the config's `timestep_spacing` (diffusers DDIMScheduler.set_timesteps). */
export function ddimTimesteps(spacing: Spacing, steps: number): number[] {
  return checked(spacing, steps, 0);
}

/**
 * As {@link ddimTimesteps}, but 'leading' and 'linspace' lay one step more and leave out the last, the one next to the
 * clean picture (diffusers DPMSolverMultistepScheduler.set_timesteps).
 */
export function dpmSolverTimesteps(spacing: Spacing, steps: number): number[] {
  return checked(spacing, steps, spacing.timestepSpacing === 'trailing' ? 0 : 1);
}

/** As {@link ddimTimesteps}, but 'linspace' keeps fractions (diffusers EulerDiscreteScheduler.set_timesteps). */
export function eulerTimesteps(spacing: Spacing, steps: number): number[] {
  const timesteps = checked(spacing, steps, 0);
  if (spacing.timestepSpacing !== 'linspace') return timesteps;
  const stride = (spacing.numTrainTimesteps - 1) / Math.max(steps - 1, 1);
  return timesteps.map((_, i) => (steps - 1 - i) * stride);
}

/** Throws `bad-request` when the schedule has fewer timesteps than steps. */
function checked(spacing: Spacing, steps: number, extra: number): number[] {
  const most = spacing.numTrainTimesteps - extra;
  if (!Number.isInteger(steps) || steps < 1 || steps > most) {
    throw new UserError('bad-request', `steps is ${steps}; expected a whole number from 1 to ${most}.`);
  }
  const timesteps = spaced(spacing, steps, extra);
  // `steps_offset` can push the noisiest timesteps against the end of the schedule; a step of no length has no direction.
  if (timesteps[0] !== timesteps[1]) return timesteps;
  throw new UserError(
    'bad-request',
    `steps is ${steps}; with steps_offset ${spacing.stepsOffset} the schedule has too few timesteps for them. Use fewer.`,
  );
}

/** The products and sums are in numpy's order, because half steps are decided by their last bit. */
function spaced({ numTrainTimesteps: total, timestepSpacing, stepsOffset }: Spacing, steps: number, extra: number) {
  const list = (timestep: (index: number) => number): number[] => Array.from({ length: steps }, (_, i) => timestep(i));
  const points = steps + extra;
  switch (timestepSpacing) {
    case 'leading': {
      const stride = Math.floor(total / points);
      return list((i) => Math.min((points - 1 - i) * stride + stepsOffset, total - 1));
    }
    case 'trailing': {
      const stride = total - total / steps - total;
      return list((i) => roundHalfEven(total + i * stride) - 1);
    }
    case 'linspace': {
      const stride = (total - 1) / Math.max(points - 1, 1);
      return list((i) => roundHalfEven((points - 1 - i) * stride));
    }
  }
}

/** The last `strength` of a run: how image→image skips the noisiest timesteps (diffusers `get_timesteps`). */
export function keepStrength(timesteps: readonly number[], strength: number): number[] {
  const kept = Math.min(Math.floor(timesteps.length * strength), timesteps.length);
  if (kept < 1) {
    throw new UserError(
      'bad-request',
      `strength ${strength} leaves none of ${timesteps.length} steps. Use more steps or more strength.`,
    );
  }
  return timesteps.slice(timesteps.length - kept);
}
