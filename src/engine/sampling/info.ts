/** What a loaded or inspected model can do; everything comes from its configs. */
import type { ComponentWeights } from '../checkpoints/component-weights';
import type { ModelDesign } from '../families/family';
import { sizeOf } from '../tensors/tensor';
import type { SamplerName } from '../../domain/choices';
import { samplerOfClass } from './make-sampler';
import type { SchedulerConfig } from './scheduler-config';

export interface PipelineInfo {
  /** A consistency model: draws in a few steps. */
  readonly isLcm: boolean;
  /** It takes guidance as an embedding. */
  readonly guidanceEmbedded: boolean;
  /** Distilled to draw in one step and without guidance. */
  readonly oneStep: boolean;
  /** Distilled to draw in one to four steps and without guidance (SD-Turbo, SDXL-Turbo, Lightning, Hyper). */
  readonly fewSteps: boolean;
  /** The class of diffusers that the model names. */
  readonly scheduler: string;
  readonly defaultSampler: SamplerName;
  readonly defaultSize: { readonly width: number; readonly height: number };
  /** Width and height must be multiples of this. */
  readonly sizeFactor: number;
  readonly latentChannels: number;
  /** 3, or 4 with transparency. */
  readonly imageChannels: number;
  /** Tokens of the prompt window, start and end marks included. */
  readonly promptTokens: number;
  /** Layers of the text encoder. */
  readonly textLayers: number;
  /** It can be shown pictures whose style it follows. */
  readonly followsReferences: boolean;
  /** Bytes of all weights in float32. */
  readonly weightBytes: number;
  readonly memory: MemoryModel;
}

/** Sizes that decide how much memory a run takes. */
export interface MemoryModel {
  /** Channels at the UNet's full latent size. */
  readonly unetWidth: number;
  /** Channels at the decoder's full pixel size. */
  readonly decoderWidth: number;
  readonly decoder: 'kl' | 'tiny';
}

export function pipelineInfo(
  { text, denoiser, autoencoder, style, latentSize, oneStep }: ModelDesign,
  scheduler: SchedulerConfig,
  weights: ComponentWeights,
): PipelineInfo {
  const side = latentSize * autoencoder.pixelFactor;
  const isLcm = scheduler.className === 'LCMScheduler';
  const { kind: decoder, decoderWidth } = autoencoder;
  return {
    isLcm,
    guidanceEmbedded: denoiser.guidanceWidth !== undefined,
    oneStep: oneStep && !isLcm,
    fewSteps: !isLcm && isTurbo(scheduler),
    scheduler: scheduler.className,
    defaultSampler: samplerOfClass(scheduler.className),
    defaultSize: { width: side, height: side },
    sizeFactor: autoencoder.pixelFactor,
    latentChannels: denoiser.channels,
    imageChannels: autoencoder.outChannels,
    promptTokens: text.window,
    textLayers: text.layers,
    followsReferences: style !== undefined,
    weightBytes: FLOAT_BYTES * parametersOf(weights),
    memory: { unetWidth: denoiser.width, decoderWidth, decoder },
  };
}

function parametersOf(weights: ComponentWeights): number {
  return Object.values(weights)
    .flatMap(({ tensors }) => [...tensors.values()])
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/**
 * Peak activations in bytes, as multiples of the widest full-size activation. Measured at 512×512 in float32:
 * UNet 590 MB over 5.2 MB, AutoencoderKL decoder 2.4 GB over 134 MB, AutoencoderTiny decoder 520 MB over 67 MB.
 */
const UNET_MULTIPLE = 112;
const DECODER_MULTIPLE = { kl: 18, tiny: 8 } as const;
const FLOAT_BYTES = 4;

/**
 * What a worker takes beside weights and activations: Node, ONNX Runtime's code and arenas, libvips. Measured on Linux as peak resident
 * size (VmHWM) with the built-in model: 260 MB for a picture, of which 87 MB are weights and activations.
 */
export const PROCESS_BYTES = 170e6;

/** Estimated bytes of a worker that makes one picture of the given size. */
export function processMemory(...picture: Parameters<typeof memoryNeeded>): number {
  return PROCESS_BYTES + memoryNeeded(...picture);
}

/** Estimated bytes needed for one picture of the given size: the weights and the larger of the two peaks. */
export function memoryNeeded(
  info: Pick<PipelineInfo, 'sizeFactor' | 'weightBytes' | 'memory'>,
  width: number,
  height: number,
): number {
  const { unetWidth, decoderWidth, decoder } = info.memory;
  const latentPixels = (width / info.sizeFactor) * (height / info.sizeFactor);
  const unet = latentPixels * unetWidth * FLOAT_BYTES * UNET_MULTIPLE;
  const decode = width * height * decoderWidth * FLOAT_BYTES * DECODER_MULTIPLE[decoder];
  return info.weightBytes + Math.max(unet, decode);
}

/**
 * Models that were distilled adversarially start at pure noise and ask Euler's sampler for that (`timestep_spacing` "trailing"); so do models
 * of a zero-SNR schedule, which are ordinary ones. No config says more.
 */
function isTurbo({ className, stated, zeroSnr }: SchedulerConfig): boolean {
  return className.startsWith('Euler') && stated.timestepSpacing === 'trailing' && !zeroSnr;
}
