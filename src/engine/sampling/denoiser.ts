/** The denoiser as the samplers use it: one picture, one timestep, one prediction. */
import type { Conditioning, DenoiserDesign } from '../families/family';
import { assertFinite, floatOutput } from '../runtime/outputs';
import type { LazySession } from '../runtime/session-pool';
import type { Tensor } from '../tensors/tensor';

/** What the texts and the guidance make of a model. */
export interface Steering {
  readonly conditional: Conditioning;
  /** Real classifier-free guidance: the negative prompt, and diffusers' guidance_scale. */
  readonly unconditional?: { readonly conditioning: Conditioning; readonly scale: number };
}

export class Denoiser {
  constructor(
    readonly design: DenoiserDesign,
    readonly session: LazySession,
  ) {}

  /** The model knows w itself and needs no second run. */
  get hasGuidanceEmbedding(): boolean {
    return this.design.guidanceWidth !== undefined;
  }

  /** How the texts and the guidance_scale g steer this model: embedded w = g − 1, or two runs, or one when g ≤ 1. */
  steer(prompt: Conditioning, negative: Conditioning | undefined, guidance: number): Steering {
    if (this.hasGuidanceEmbedding) return { conditional: this.design.guided(prompt, [guidance - 1]) };
    if (negative === undefined) return { conditional: prompt };
    return { conditional: prompt, unconditional: { conditioning: negative, scale: guidance } };
  }

  /** What the model predicts for one sample of float32 [1, channels, height, width]. */
  async predict(sample: Tensor<'float32'>, timestep: number, steering: Steering): Promise<Float32Array> {
    const conditional = await this.#run(sample, timestep, steering.conditional);
    const { unconditional } = steering;
    if (unconditional === undefined) return conditional;
    const base = await this.#run(sample, timestep, unconditional.conditioning);
    return classifierFreeGuidance(conditional, base, unconditional.scale);
  }

  async #run(sample: Tensor<'float32'>, timestep: number, conditioning: Conditioning): Promise<Float32Array> {
    const session = await this.session();
    const outputs = await session.run(this.design.feeds({ sample, timesteps: [timestep], conditioning }));
    const { data } = floatOutput(outputs, 'out_sample');
    assertFinite(data, `The UNet at timestep ${timestep}`);
    return data;
  }
}

/** ε̃ = ε(∅) + g (ε(c) − ε(∅)) with diffusers' guidance_scale g (Ho & Salimans 2022, with g = 1 + w). */
export function classifierFreeGuidance(
  conditional: Float32Array,
  unconditional: Float32Array,
  scale: number,
): Float32Array {
  return conditional.map((value, i) => {
    const base = unconditional[i] ?? NaN;
    return base + scale * (value - base);
  });
}
