/** What every sampler offers; a run holds the state of one picture, so that variants never influence each other. */

export interface SamplerStep {
  /** What the UNet sees next, before it is scaled. */
  readonly sample: Float32Array;
  /** The sampler's current guess of the finished latents; after the last call, the result. */
  readonly denoised: Float32Array;
}

export interface SamplerRun {
  /**
   * What follows from the UNet's call at `timesteps[index]`.
   * @param output what the UNet predicted for the scaled sample
   * @param noise fresh standard normal noise of the same size; called only when the step needs it
   */
  step(index: number, output: Float32Array, sample: Float32Array, noise: () => Float32Array): SamplerStep;
}

export interface Sampler {
  /** Descending, fractions included; the UNet runs once per entry, which may be more often than there are steps. */
  readonly timesteps: readonly number[];
  /** How far noise is from unit variance where a run begins with nothing else (diffusers' `init_noise_sigma`). */
  readonly startScale: number;
  /** Factor of the sample that the UNet is shown in call `index`. */
  inputScale(index: number): number;
  /** A picture's latents with noise, where a run begins with a picture. */
  noised(latents: Float32Array, noise: Float32Array): Float32Array;
  start(): SamplerRun;
}
