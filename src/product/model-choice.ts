/** What there is to say of a model before it is chosen: the same for terminal and editor. */
import type { PublishedModel } from '../catalog/published';

export type SpeedClass = 'fastest' | 'fast' | 'medium' | 'slow';

/**
 * How long a picture takes beside others, on one machine: weights of the denoiser times its runs, in millions. Guidance of more than 1 runs it twice
 * in every step. undefined for what is no denoiser.
 */
export function speedClass({
  parameters,
  usual,
  embedsGuidance = false,
}: Pick<PublishedModel, 'parameters' | 'usual' | 'embedsGuidance'>): SpeedClass | undefined {
  if (parameters === undefined || usual === undefined) return undefined;
  const work = parameters * usual.steps * (usual.guidance > 1 && !embedsGuidance ? 2 : 1);
  if (work <= 1000) return 'fastest';
  if (work <= 8000) return 'fast';
  return work <= 40_000 ? 'medium' : 'slow';
}

/** Activations of one picture of the usual size, the program, and what the system needs. */
const BESIDE_WEIGHTS_BYTES = 2_500_000_000;

/** Bytes of memory that drawing with a model takes, from the bytes of its weights. An estimate: `fourstep inspect` looks into the files. */
export function memoryNeeded(weightBytes: number): number {
  return weightBytes + BESIDE_WEIGHTS_BYTES;
}

/** Of the weights that will be in memory as float32, from the denoiser's size: a text encoder and an autoencoder come to it. */
export function weightBytesOf({
  parameters,
  family,
}: Pick<PublishedModel, 'parameters' | 'family'>): number | undefined {
  if (parameters === undefined) return undefined;
  const beside = { sd1: 207, sd2: 424, sdxl: 902 }[family];
  return (parameters + beside) * 4e6;
}

export type Fit = 'fits' | 'tight' | 'too-large';

/** `memoryBytes`: all that the machine has; other programs have some of it. */
export function fitOf(weightBytes: number, memoryBytes: number): Fit {
  const needed = memoryNeeded(weightBytes);
  if (needed <= 0.7 * memoryBytes) return 'fits';
  return needed <= memoryBytes ? 'tight' : 'too-large';
}
