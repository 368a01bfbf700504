/** Which training timesteps an N-step run of an ordinary (not consistency) sampler visits. */
import { UserError } from '../../base/errors';
import type { SchedulerConfig } from './scheduler-config';

/** Descending timesteps by the config's `timestep_spacing` (diffusers DDIMScheduler.set_timesteps). */
export function spacedTimesteps(config: SchedulerConfig, steps: number): number[] {
  const total = config.numTrainTimesteps;
  if (!Number.isInteger(steps) || steps < 1 || steps > total) {
    throw new UserError('bad-request', `steps is ${steps}; expected a whole number from 1 to ${total}.`);
  }
  switch (config.timestepSpacing) {
    case 'leading': {
      const stride = Math.floor(total / steps);
      return Array.from({ length: steps }, (_, i) =>
        Math.min((steps - 1 - i) * stride + config.stepsOffset, total - 1),
      );
    }
    case 'trailing':
      return Array.from({ length: steps }, (_, i) => Math.round(total - (i * total) / steps) - 1);
    case 'linspace':
      return Array.from({ length: steps }, (_, i) =>
        Math.round(((total - 1) * (steps - 1 - i)) / Math.max(steps - 1, 1)),
      );
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
