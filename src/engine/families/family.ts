/** What a kind of model says about itself, so that sampling and training work with it and know none of its networks. */
import type { ClipTokenizer } from '../checkpoints/tokenizer';
import type { FolderLayout, ModelFolder, ModelIndex } from '../checkpoints/folder';
import type { WeightSource } from '../checkpoints/weight-source';
import type { Graph, GraphBuilder, GraphForm, Value } from '../graph/graph';
import type { LoraNaming } from '../lora/layer-names';
import type { LoraSlots } from '../networks/lora-slots';
import type { EmbeddedWord } from '../prompts/embeddings';
import type { LazySession } from '../runtime/session-pool';
import type { Tensor } from '../tensors/tensor';

/** Models of one build: which folder is one, what lies in it, and what its configs mean. */
export interface ModelFamily {
  /** For messages: "Stable Diffusion 1.x and 2.x". */
  readonly name: string;
  readonly layout: FolderLayout;
  detects(index: ModelIndex): boolean;
  /** Checks all configs. Throws `unsupported` or `bad-checkpoint` naming file and field. */
  design(folder: ModelFolder): ModelDesign;
}

/** One model by its configs; its weights come later, by component. */
export interface ModelDesign {
  readonly text: TextDesign;
  readonly denoiser: DenoiserDesign;
  readonly autoencoder: AutoencoderDesign;
  /** Of a model that can be shown pictures whose style it follows. */
  readonly style?: StyleDesign;
  /** How LoRA files name the layers of the networks that take LoRAs. */
  readonly lora: readonly LoraNaming[];
  /** Latent pixels on each side of the pictures it was trained on. */
  readonly latentSize: number;
  /** Distilled to draw in one step and without guidance, as far as the configs tell. */
  readonly oneStep: boolean;
}

/**
 * What the denoiser is told beside sample and time, float32 [batch, …] under the family's own names: everybody else only stores, stacks
 * and hands it on.
 */
export type Conditioning = Readonly<Record<string, Tensor<'float32'>>>;

export interface NetworkOptions {
  readonly form: GraphForm;
  readonly lora?: LoraSlots;
  /** How a text encoder is built. */
  readonly text?: Partial<TextForm>;
}

/** A text encoder may be built in several ways. */
export interface TextForm {
  /** Last layers that are left out. */
  readonly skip: number;
  /** Prompts may hold words of textual inversion. */
  readonly vectors: boolean;
}

export interface TextDesign {
  /** The networks that read prompts. */
  readonly components: readonly string[];
  /** Width of a token's vector, by component. */
  readonly widths: Readonly<Record<string, number>>;
  /** Tokens of the prompt window, start and end marks included. */
  readonly window: number;
  /** Layers of the network, or of the shortest of several. */
  readonly layers: number;
  /** Shapes of the conditioning that one prompt gives. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  graph(component: string, weights: WeightSource, options: NetworkOptions): Graph;
  /** Sessions are asked for when a prompt is encoded. */
  prompts(tokenizers: Readonly<Record<string, ClipTokenizer>>, sessionOf: SessionOf): PromptEncoder;
}

/** The session of a component, built in that form. */
export type SessionOf = (component: string, form?: Partial<TextForm>) => LazySession;

export interface ReadingOptions {
  /** Last layers of the text encoder that are left out, as diffusers counts them. */
  readonly clipSkip?: number | undefined;
  /** Words of textual inversion that the prompt may hold. */
  readonly words?: readonly TextualInversion[] | undefined;
}

/** A word of textual inversion for each of the text encoders, by component. */
export type TextualInversion = Readonly<Record<string, EmbeddedWord>>;

/** Windows of a prompt that are read; a prompt's length decides how much memory attention takes. */
export const MOST_WINDOWS = 16;

export interface PromptEncoder {
  /** A prompt with its weights; more than one window of tokens is read window by window, {@link MOST_WINDOWS} at most. */
  encode(prompt: string, options?: ReadingOptions): Promise<Conditioning>;
  /** How many windows a prompt would take. */
  windows(prompt: string, options?: ReadingOptions): number;
  /** What stands for a negative prompt that nobody gave. */
  missing(options?: ReadingOptions): Promise<Conditioning>;
  /** A caption as it stands, in one window: what a model is trained with has one length. */
  encodeCaption(caption: string): Promise<Conditioning>;
  /** The end of a caption that does not fit into the window; '' when all of it does. */
  cutOf(caption: string): string;
}

/** One evaluation of the denoiser for a batch. */
export interface DenoiserQuery {
  /** [batch, channels, height, width] */
  readonly sample: Tensor<'float32'>;
  readonly timesteps: readonly number[];
  readonly conditioning: Conditioning;
}

/** Reads reference pictures; what it gives is a part of the conditioning, that of prompts and of empty prompts alike. */
export interface StyleDesign {
  readonly component: string;
  /** Width of the vector that stands beside the guidance embedding in `time_cond_proj_dim`. */
  readonly width: number;
  /** Latent pixels on each side of a reference. */
  readonly latentSize: number;
  /** Input `references` [count, channels, latentSize, latentSize], latents as the denoiser sees them. */
  graph(weights: WeightSource, form: GraphForm): Graph;
  /** The graph's outputs as conditioning, [1, …] each; `scale` weighs what the references say, 1 as trained. */
  shown(outputs: Readonly<Record<string, Tensor>>, scale: number): Conditioning;
  /** What stands for no references. */
  absent(weights: WeightSource): Promise<Conditioning>;
}

/** Sizes of a graph that are known and need not be free. */
export type DenoiserSizes = Readonly<Partial<Record<'batch' | 'height' | 'width' | 'tokens' | 'image_tokens', number>>>;

/** Lengths of what the network attends to; `image_tokens` where it attends to references. */
export type AttendedLengths = { readonly tokens: number } & Pick<DenoiserSizes, 'image_tokens'>;

/** All sizes of a training's graph. */
export type KnownSizes = Required<Pick<DenoiserSizes, 'batch' | 'height' | 'width'>> & AttendedLengths;

export interface DenoiserDesign {
  readonly component: string;
  /** Of its input and of its output. */
  readonly channels: number;
  /** Channels at the full latent size, which decide how much memory a run takes. */
  readonly width: number;
  /** Width of the guidance embedding of a model that knows guidance itself (`time_cond_proj_dim`); undefined where it takes two runs. */
  readonly guidanceWidth: number | undefined;
  /** Inputs as `feeds` has them; output `out_sample` like the sample. */
  graph(weights: WeightSource, options: NetworkOptions): Graph;
  /** The same as a part of a larger graph. */
  layOut(g: GraphBuilder, weights: WeightSource, options: DenoiserPartOptions): DenoiserPart;
  lengths(conditioning: Conditioning): AttendedLengths;
  /** The one place where the network's inputs are put together. */
  feeds(query: DenoiserQuery): Record<string, Tensor>;
  /** With the guidance w of every item (the paper's convention, w = guidance_scale − 1) where the network takes it; else as it is. */
  guided(conditioning: Conditioning, omegas: readonly number[]): Conditioning;
}

export interface DenoiserPartOptions {
  readonly sizes: DenoiserSizes;
  readonly lora: LoraSlots;
}

export interface DenoiserPart {
  /** The graph's input of that name. */
  readonly sample: Value;
  readonly output: Value;
}

/** Pixels to latents and back. Latents as the denoiser sees them are (encoded − shiftFactor) · scalingFactor. */
export interface AutoencoderDesign {
  readonly component: string;
  /** A tiny one is fast enough for previews and has no distribution. */
  readonly kind: 'kl' | 'tiny';
  readonly inChannels: number;
  readonly outChannels: number;
  readonly latentChannels: number;
  readonly scalingFactor: number;
  readonly shiftFactor: number;
  /** The model's RGBA pixels are premultiplied by alpha. */
  readonly rgbaPremultiplied: boolean;
  /** Pixels per latent pixel, on each side. */
  readonly pixelFactor: number;
  /** Channels at the decoder's full pixel size. */
  readonly decoderWidth: number;
  /** Input `sample`; outputs `latents`, or `mean` and `logvar`. */
  encoder(weights: WeightSource, form: GraphForm): Graph;
  /** Input `latents`, output `sample`. */
  decoder(weights: WeightSource, form: GraphForm): Graph;
}

/** The entry of a component; a missing one is a bug, because folders are checked when they are opened. */
export function partOf<T>(record: Readonly<Record<string, T>>, component: string): T {
  const part = record[component];
  if (part === undefined) throw new Error(`There is no part "${component}" among ${Object.keys(record).join(', ')}.`);
  return part;
}
