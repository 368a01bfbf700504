/** What a pipeline run takes and reports; shared by the pipeline and whoever drives it. */
import type { SamplerName } from '../../domain/choices';
import type { RawImage } from '../../pictures/raw';
import type { TextualInversion } from '../families/family';
import type { Tensor } from '../tensors/tensor';

export interface PipelineRequest {
  readonly prompt: string;
  readonly negativePrompt: string;
  /** One variant per seed. Each variant's result depends on its own seed only, not on its neighbours. */
  readonly seeds: readonly number[];
  readonly steps: number;
  /** diffusers' guidance_scale g; a guidance-embedding model gets w = g - 1. */
  readonly guidance: number;
  readonly sampler: SamplerName;
  /** Last layers of the text encoder left out, as diffusers counts them; absent = none. */
  readonly clipSkip?: number;
  /** Words of textual inversion that the prompts may hold. */
  readonly words?: readonly TextualInversion[];
  /** Pixels, multiples of the model's size factor. */
  readonly width: number;
  readonly height: number;
  /** Picture of exactly width × height to start from, and how much may change, in (0, 1]. */
  readonly init?: { readonly image: RawImage; readonly strength: number };
}

export interface PipelineStep {
  /** 1-based step just finished, of `steps`. */
  readonly step: number;
  readonly steps: number;
  readonly secondsLeft: number;
  /** The current guess of every variant, [1, channels, height, width] each. */
  readonly latents: readonly Tensor<'float32'>[];
  /** Decodes the current guess of every variant; costs one decoder run per variant, so only on demand. */
  preview(): Promise<RawImage[]>;
}

export interface PipelineHooks {
  readonly signal?: AbortSignal;
  readonly onPhase?: (phase: 'text' | 'denoising' | 'decoding') => void;
  /** Awaited before the next step starts. */
  readonly onStep?: (step: PipelineStep) => Promise<void> | void;
  /** Each finished variant as soon as it is decoded, in seed order. */
  readonly onVariant?: (index: number, image: RawImage) => Promise<void> | void;
}

export interface PipelineResult {
  readonly images: readonly RawImage[];
  readonly notices: readonly string[];
  /** Milliseconds. */
  readonly timings: { readonly text: number; readonly denoise: number; readonly decode: number };
}
