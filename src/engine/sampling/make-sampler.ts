/** From a sampler's name to the sampler, and which one suits a model. */
import type { NoiseSchedule } from './schedule';
import type { SamplerName } from '../../domain/choices';
import { ddimSampler } from './ddim';
import { dpmSolverSampler } from './dpmsolver';
import { lcmSampler, lcmTimesteps } from './lcm';
import type { Sampler } from './sampler';

export interface SamplerOptions {
  readonly steps: number;
  /** 1 for text→image. */
  readonly strength: number;
}

export function makeSampler(name: SamplerName, schedule: NoiseSchedule, { steps, strength }: SamplerOptions): Sampler {
  switch (name) {
    case 'lcm':
      return lcmSampler(schedule, lcmTimesteps(schedule, steps, strength));
    case 'ddim':
      return ddimSampler(schedule, steps, strength);
    case 'dpmsolver++':
      return dpmSolverSampler(schedule, steps, strength);
  }
}
