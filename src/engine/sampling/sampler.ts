/** What every sampler offers; a run holds the state of one picture, so that variants never influence each other. */

export interface SamplerStep {
  /** z at the next timestep: what the UNet sees next. */
  readonly sample: Float32Array;
  /** The sampler's current guess of the finished latents; after the last step, the result. */
  readonly denoised: Float32Array;
}

export interface SamplerRun {
  /**
   * One step from `timesteps[index]`.
   * @param output what the UNet predicted at `sample`
   * @param noise fresh standard normal noise of the same size; called only when the step needs it
   */
  step(index: number, output: Float32Array, sample: Float32Array, noise: () => Float32Array): SamplerStep;
}

export interface Sampler {
  /** Descending; the UNet runs once per entry. */
  readonly timesteps: readonly number[];
  start(): SamplerRun;
}
