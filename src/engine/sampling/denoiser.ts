/** The UNet as the samplers use it: one picture, one timestep, one prediction. */
import type { UNetConfig } from '../networks/unet-config';
import { timestepSinusoid } from '../networks/embeddings';
import type { LazySession } from './session-pool';
import { float32, type Tensor } from '../tensors/tensor';
import { classifierFreeGuidance, guidanceEmbedding } from './guidance';
import { assertFinite, floatOutput } from './outputs';

export interface Conditioning {
  /** float32 [1, tokens, width] of the prompt. */
  readonly context: Tensor<'float32'>;
  /** The embedding of w for a model that has one. */
  readonly guidanceEmbedding?: Float32Array;
  /** Real classifier-free guidance: the negative prompt's states and diffusers' guidance_scale. */
  readonly unconditional?: { readonly context: Tensor<'float32'>; readonly scale: number };
}

export class Denoiser {
  constructor(
    readonly config: UNetConfig,
    readonly session: LazySession,
  ) {}

  /** The model knows w itself and needs no second run. */
  get hasGuidanceEmbedding(): boolean {
    return this.config.timeCondProjDim !== undefined;
  }

  /** How the texts and the guidance_scale g steer this model: embedded w = g − 1, or two runs, or one when g ≤ 1. */
  condition(context: Tensor<'float32'>, negative: Tensor<'float32'> | undefined, guidance: number): Conditioning {
    if (this.config.timeCondProjDim !== undefined) {
      return { context, guidanceEmbedding: guidanceEmbedding(guidance - 1, this.config.timeCondProjDim) };
    }
    return negative === undefined ? { context } : { context, unconditional: { context: negative, scale: guidance } };
  }

  /** What the model predicts for one sample of float32 [1, channels, height, width]. */
  async predict(sample: Tensor<'float32'>, timestep: number, conditioning: Conditioning): Promise<Float32Array> {
    const conditional = await this.#run(sample, timestep, conditioning.context, conditioning.guidanceEmbedding);
    const { unconditional } = conditioning;
    if (unconditional === undefined) return conditional;
    const base = await this.#run(sample, timestep, unconditional.context, undefined);
    return classifierFreeGuidance(conditional, base, unconditional.scale);
  }

  async #run(
    sample: Tensor<'float32'>,
    timestep: number,
    context: Tensor<'float32'>,
    embedding: Float32Array | undefined,
  ): Promise<Float32Array> {
    const width = this.config.blockOutChannels[0] ?? 0;
    const outputs = await (
      await this.session()
    ).run({
      sample,
      timestep_sinusoid: float32(timestepSinusoid([timestep], width, this.config), [1, width]),
      encoder_hidden_states: context,
      ...(embedding === undefined ? {} : { timestep_cond: float32(embedding, [1, embedding.length]) }),
    });
    const { data } = floatOutput(outputs, 'out_sample');
    assertFinite(data, `The UNet at timestep ${timestep}`);
    return data;
  }
}
