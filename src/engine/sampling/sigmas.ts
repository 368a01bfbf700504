/** The noise of a run as σ, the noise's share over the picture's: z / √ᾱ = x0 + σ ε (Karras et al. 2022, arXiv 2206.00364). */
import { interpolated } from '../tensors/interpolate';
import type { NoiseSchedule } from './schedule';

/** diffusers' stand-in for ᾱ = 0 of a zero-SNR schedule, whose σ would be infinite. */
const LEAST_ALPHA_CUMPROD = 2 ** -24;

/** σ of every training timestep, rising. */
export function trainingSigmas({ alphasCumprod }: NoiseSchedule): Float64Array {
  return alphasCumprod.map((value) => {
    const alpha = value === 0 ? LEAST_ALPHA_CUMPROD : value;
    return Math.sqrt((1 - alpha) / alpha);
  });
}

/** σ at timesteps that may lie between two of the training's. */
export function sigmasAt(sigmas: Float64Array, timesteps: readonly number[]): number[] {
  return timesteps.map((timestep) => interpolated(sigmas, timestep));
}

/** ρ of Karras et al., equation 5. */
const RHO = 7;

/** `count` values from `most` down to `least`, whose ρ-th roots are evenly spaced. */
export function karrasSigmas(least: number, most: number, count: number): number[] {
  const [low, high] = [least ** (1 / RHO), most ** (1 / RHO)];
  return Array.from({ length: count }, (_, i) => (high + (i / Math.max(count - 1, 1)) * (low - high)) ** RHO);
}

/** The timestep, with its fraction, at which the training had that σ: linear between the logarithms of its neighbours. */
export function timestepOf(sigmas: Float64Array, sigma: number): number {
  const wanted = Math.log(Math.max(sigma, 1e-10));
  let low = sigmas.findLastIndex((value) => wanted >= Math.log(value));
  low = Math.min(Math.max(low, 0), sigmas.length - 2);
  const [before, after] = [Math.log(sigmas[low] ?? NaN), Math.log(sigmas[low + 1] ?? NaN)];
  const share = Math.min(Math.max((before - wanted) / (before - after), 0), 1);
  return low + share;
}
