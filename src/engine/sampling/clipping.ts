/** What some schedulers do to x̂0 before it is used: clipping, or dynamic thresholding (Imagen, Saharia et al. 2022, section 2.3). */
import type { SchedulerConfig } from './scheduler-config';

/** Returns x̂0 unchanged unless the scheduler config asks for one of the two. */
export function clipOriginal(original: Float32Array, config: SchedulerConfig): Float32Array {
  if (config.thresholding) return threshold(original, config);
  if (!config.clipSample) return original;
  const limit = config.clipSampleRange;
  return original.map((value) => Math.min(Math.max(value, -limit), limit));
}

function threshold(original: Float32Array, config: SchedulerConfig): Float32Array {
  const quantile = quantileOf(original.map(Math.abs), config.dynamicThresholdingRatio);
  const limit = Math.min(Math.max(quantile, 1), config.sampleMaxValue);
  return original.map((value) => Math.min(Math.max(value, -limit), limit) / limit);
}

/** With linear interpolation, as torch.quantile. */
function quantileOf(values: Float32Array, ratio: number): number {
  const sorted = values.sort();
  const position = ratio * (sorted.length - 1);
  const low = sorted[Math.floor(position)] ?? 0;
  const high = sorted[Math.ceil(position)] ?? low;
  return low + (high - low) * (position - Math.floor(position));
}
