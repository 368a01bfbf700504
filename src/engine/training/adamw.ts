/** AdamW (Loshchilov & Hutter 2019), numerically as torch.optim.AdamW. */
export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

export const ADAMW_DEFAULTS: AdamWSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };

/** First and second moments of one parameter. */
export interface Moments {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** One update of `parameter` and its moments in place; `step` counts from 1. */
export function adamwStep(
  parameter: Float32Array,
  gradient: Float32Array,
  { first, second }: Moments,
  update: AdamWSettings & { readonly step: number; readonly learningRate: number },
): void {
  const { beta1, beta2, epsilon, weightDecay, step, learningRate } = update;
  const stepSize = learningRate / (1 - beta1 ** step);
  const scale = Math.sqrt(1 - beta2 ** step);
  for (let i = 0; i < parameter.length; i++) {
    const slope = gradient[i] ?? NaN;
    const m = beta1 * (first[i] ?? NaN) + (1 - beta1) * slope;
    const v = beta2 * (second[i] ?? NaN) + (1 - beta2) * slope * slope;
    first[i] = m;
    second[i] = v;
    parameter[i] =
      (parameter[i] ?? NaN) * (1 - learningRate * weightDecay) - (stepSize * m) / (Math.sqrt(v) / scale + epsilon);
  }
}

/** √Σ g² over all gradients, and the factor that brings it down to `limit` (1 when it is below). */
export function clipFactor(
  gradients: Iterable<Float32Array>,
  limit: number,
): { readonly norm: number; readonly factor: number } {
  let sum = 0;
  for (const gradient of gradients) for (const slope of gradient) sum += slope * slope;
  const norm = Math.sqrt(sum);
  // The small number is torch's, in clip_grad_norm_.
  return { norm, factor: Math.min(1, limit / (norm + 1e-6)) };
}
