/** From a sampler's name to the sampler, and which one a scheduler's class means. */
import type { SamplerName } from '../../domain/choices';
import { ddimSampler } from './ddim';
import { deisSampler } from './deis';
import { dpmSolverSampler } from './dpmsolver';
import { lcmSampler, lcmTimesteps } from './lcm';
import { pndmSampler } from './pndm';
import type { Sampler } from './sampler';
import type { NoiseSchedule } from './schedule';
import { sigmaSampler } from './sigma-samplers';
import { tcdSampler } from './tcd';
import { unipcSampler } from './unipc';

export interface SamplerOptions {
  readonly steps: number;
  /** 1 for text→image. */
  readonly strength: number;
}

/** diffusers' class of each sampler; a class that is none of these is drawn with the nearest. */
export const SAMPLER_CLASSES: Readonly<Record<SamplerName, string>> = {
  lcm: 'LCMScheduler',
  ddim: 'DDIMScheduler',
  'dpmsolver++': 'DPMSolverMultistepScheduler',
  euler: 'EulerDiscreteScheduler',
  'euler-ancestral': 'EulerAncestralDiscreteScheduler',
  heun: 'HeunDiscreteScheduler',
  pndm: 'PNDMScheduler',
  unipc: 'UniPCMultistepScheduler',
  deis: 'DEISMultistepScheduler',
  tcd: 'TCDScheduler',
};

/** The sampler that a folder's scheduler names; DPM-Solver++ for classes that Fourstep has not (singlestep, KDPM2, LMS, DDPM). */
export function samplerOfClass(className: string): SamplerName {
  const found = Object.entries(SAMPLER_CLASSES).find(([, each]) => each === className);
  return (found?.[0] as SamplerName | undefined) ?? 'dpmsolver++';
}

/** Throws `bad-request` for a number of steps that the noise schedule does not have. */
export function makeSampler(name: SamplerName, given: NoiseSchedule, { steps, strength }: SamplerOptions): Sampler {
  const schedule = given.forClass(SAMPLER_CLASSES[name]);
  switch (name) {
    case 'lcm':
      return lcmSampler(schedule, lcmTimesteps(schedule, steps, strength));
    case 'tcd':
      return tcdSampler(schedule, { steps, strength });
    case 'ddim':
      return ddimSampler(schedule, { steps, strength });
    case 'pndm':
      return pndmSampler(schedule, steps, strength);
    case 'dpmsolver++':
      return dpmSolverSampler(schedule, steps, strength);
    case 'unipc':
      return unipcSampler(schedule, steps, strength);
    case 'deis':
      return deisSampler(schedule, steps, strength);
    case 'euler':
    case 'euler-ancestral':
    case 'heun':
      return sigmaSampler(name, schedule, steps, strength);
  }
}
