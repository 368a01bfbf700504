/** The forward process z_t = α_t z + σ_t ε: its tables, and the arithmetic between z_t, z, ε and v. */
import { configForClass, type PredictionType, type SchedulerConfig } from './scheduler-config';

export class NoiseSchedule {
  readonly betas: Float64Array;
  /** ᾱ_t, the cumulative product of 1 − β. */
  readonly alphasCumprod: Float64Array;
  /** ᾱ "before" timestep 0, for samplers that step past it. */
  readonly finalAlphaCumprod: number;

  constructor(readonly config: SchedulerConfig) {
    this.betas = config.zeroSnr ? withoutSignalAtTheEnd(betasOf(config)) : betasOf(config);
    let product = 1;
    this.alphasCumprod = this.betas.map((beta) => (product *= 1 - beta));
    this.finalAlphaCumprod = config.setAlphaToOne ? 1 : (this.alphasCumprod[0] ?? 1);
  }

  /** The same noise for a sampler of another class of diffusers. */
  forClass(className: string): NoiseSchedule {
    const config = configForClass(this.config, className);
    return config === this.config ? this : new NoiseSchedule(config);
  }

  /** ᾱ_t; timesteps before 0 give `finalAlphaCumprod`. */
  alphaCumprod(timestep: number): number {
    if (timestep < 0) return this.finalAlphaCumprod;
    const value = this.alphasCumprod[timestep];
    if (value === undefined)
      throw new RangeError(`timestep ${timestep} is outside 0 … ${this.alphasCumprod.length - 1}`);
    return value;
  }

  /** α_t = √ᾱ_t, the share of the picture in z_t. */
  alpha(timestep: number): number {
    return Math.sqrt(this.alphaCumprod(timestep));
  }

  /** σ_t = √(1 − ᾱ_t), the share of the noise in z_t. */
  sigma(timestep: number): number {
    return Math.sqrt(1 - this.alphaCumprod(timestep));
  }

  /** α_t x + σ_t ε. */
  addNoise(x: Float32Array, noise: Float32Array, timestep: number): Float32Array {
    const [alpha, sigma] = [this.alpha(timestep), this.sigma(timestep)];
    return x.map((value, i) => alpha * value + sigma * (noise[i] ?? NaN));
  }

  /** v = α_t ε − σ_t x (Salimans & Ho 2022, "progressive distillation"). */
  velocity(x: Float32Array, noise: Float32Array, timestep: number): Float32Array {
    const [alpha, sigma] = [this.alpha(timestep), this.sigma(timestep)];
    return x.map((value, i) => alpha * (noise[i] ?? NaN) - sigma * value);
  }
}

/** How x̂0 = a z + b · output follows from what the model predicts at a timestep with the given α and σ. */
export function originalFrom(
  prediction: PredictionType,
  alpha: number,
  sigma: number,
): { sample: number; output: number } {
  switch (prediction) {
    case 'epsilon':
      return { sample: 1 / alpha, output: -sigma / alpha };
    case 'v_prediction':
      return { sample: alpha, output: -sigma };
    case 'sample':
      return { sample: 0, output: 1 };
  }
}

/** x̂0, unclipped. */
export function predictOriginal(
  schedule: NoiseSchedule,
  output: Float32Array,
  sample: Float32Array,
  timestep: number,
): Float32Array {
  const weights = originalFrom(schedule.config.predictionType, schedule.alpha(timestep), schedule.sigma(timestep));
  return sample.map((value, i) => weights.sample * value + weights.output * (output[i] ?? NaN));
}

function betasOf(config: SchedulerConfig): Float64Array {
  if (config.trainedBetas !== undefined) return Float64Array.from(config.trainedBetas);
  const { betaStart, betaEnd, numTrainTimesteps: n } = config;
  if (config.betaSchedule === 'squaredcos_cap_v2') return cosineBetas(n);
  const [first, last] =
    config.betaSchedule === 'linear' ? [betaStart, betaEnd] : [Math.sqrt(betaStart), Math.sqrt(betaEnd)];
  return Float64Array.from({ length: n }, (_, i) => {
    const value = first + ((last - first) * i) / Math.max(n - 1, 1);
    return config.betaSchedule === 'linear' ? value : value * value;
  });
}

/** Betas of a cosine ᾱ (Nichol & Dhariwal 2021, arXiv 2102.09672, equation 17), none above 0.999. */
function cosineBetas(count: number): Float64Array {
  const alphaBar = (time: number): number => Math.cos((((time + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  return Float64Array.from({ length: count }, (_, i) =>
    Math.min(1 - alphaBar((i + 1) / count) / alphaBar(i / count), 0.999),
  );
}

/** √ᾱ shifted and scaled so that the last is 0 and the first stays (Lin et al. 2023, algorithm 1). */
function withoutSignalAtTheEnd(betas: Float64Array): Float64Array {
  let product = 1;
  const roots = betas.map((beta) => Math.sqrt((product *= 1 - beta)));
  const [first = 1, last = 0] = [roots[0], roots.at(-1)];
  const squares = roots.map((root) => (((root - last) * first) / (first - last)) ** 2);
  return squares.map((square, i) => 1 - square / (i === 0 ? 1 : (squares[i - 1] ?? NaN)));
}
