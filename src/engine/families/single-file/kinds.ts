/** Kinds of checkpoints in one file: how each is recognised, and under which prefixes its networks lie in it. */
import type { WeightSource } from '../../checkpoints/weight-source';
import type { WeightView } from '../../checkpoints/weight-view';
import type { ModelFamily } from '../family';
import { withTextLevel } from '../clip-names';
import { stableDiffusion } from '../stable-diffusion';
import { stableDiffusionXL } from '../stable-diffusion-xl';
import { autoencoderConfigOf, autoencoderNames } from './autoencoder';
import { underPrefix } from './part-shapes';
import { clipConfigOf, openClip, openClipConfigOf } from './texts';
import { unetConfigOf, unetNames } from './unet';

/** One network of a file. */
export interface SingleFilePart {
  /** The class that a folder's model_index.json would name. */
  readonly className: string;
  /** From its tensors, by names that `configOf` and `names` share; nothing else of the file. */
  readonly part: WeightView;
  readonly configOf: (part: WeightSource) => Record<string, unknown>;
  readonly names?: (part: WeightSource, config: unknown) => WeightSource;
}

export interface SingleFileKind {
  readonly family: ModelFamily;
  readonly pipelineClass: string;
  /** A tensor that this kind has and the others have not. */
  readonly mark: string;
  /** By the family's names of components. */
  readonly parts: Readonly<Record<string, SingleFilePart>>;
  /** By the family's names of tokenizers: the token that pads, where it is not the end token. */
  readonly padding: Readonly<Record<string, string | undefined>>;
  readonly latentSize: number;
}

const UNET = 'model.diffusion_model.';

/** Of the UNet's first convolution, which every kind has. */
export const UNET_MARK = `${UNET}input_blocks.0.0.weight`;

function unetPart(): SingleFilePart {
  const part: WeightView = (source) => underPrefix(source, UNET);
  return { className: 'UNet2DConditionModel', part, configOf: unetConfigOf, names: unetNames };
}

/** diffusers' scaling factors, which no file says. */
function autoencoderPart(scalingFactor: number): SingleFilePart {
  return {
    className: 'AutoencoderKL',
    part: (source) => underPrefix(source, 'first_stage_model.'),
    configOf: (part) => autoencoderConfigOf(part, scalingFactor),
    names: autoencoderNames,
  };
}

function clipPart(prefix: string): SingleFilePart {
  return {
    className: 'CLIPTextModel',
    part: (source) => withTextLevel(underPrefix(source, prefix)),
    configOf: clipConfigOf,
  };
}

/** `unused`: layers at the end that the model never reads. */
function openClipPart(prefix: string, className: string, unused = 0): SingleFilePart {
  return {
    className,
    part: (source) => openClip(underPrefix(source, prefix)),
    configOf: (part) => openClipConfigOf(part, unused),
  };
}

const SD1_SCALE = 0.18215;
const SDXL_SCALE = 0.13025;

/** SD2.x and SDXL's second encoder pad with "!", as OpenCLIP does with id 0. */
const OPEN_CLIP_PADDING = '!';

export const SINGLE_FILE_KINDS: readonly SingleFileKind[] = [
  {
    family: stableDiffusionXL,
    pipelineClass: 'StableDiffusionXLPipeline',
    mark: 'conditioner.embedders.1.model.positional_embedding',
    parts: {
      text_encoder: clipPart('conditioner.embedders.0.transformer.'),
      text_encoder_2: openClipPart('conditioner.embedders.1.model.', 'CLIPTextModelWithProjection'),
      unet: unetPart(),
      vae: autoencoderPart(SDXL_SCALE),
    },
    padding: { tokenizer: undefined, tokenizer_2: OPEN_CLIP_PADDING },
    latentSize: 128,
  },
  {
    family: stableDiffusion,
    pipelineClass: 'StableDiffusionPipeline',
    mark: 'cond_stage_model.model.positional_embedding',
    parts: {
      // The last layer is there and is not run: SD2.x reads the state before it.
      text_encoder: openClipPart('cond_stage_model.model.', 'CLIPTextModel', 1),
      unet: unetPart(),
      vae: autoencoderPart(SD1_SCALE),
    },
    padding: { tokenizer: OPEN_CLIP_PADDING },
    latentSize: 64,
  },
  {
    family: stableDiffusion,
    pipelineClass: 'StableDiffusionPipeline',
    mark: 'cond_stage_model.transformer.',
    parts: {
      text_encoder: clipPart('cond_stage_model.transformer.'),
      unet: unetPart(),
      vae: autoencoderPart(SD1_SCALE),
    },
    padding: { tokenizer: undefined },
    latentSize: 64,
  },
];
