/**
 * Prompts read by two CLIP text encoders, as in SDXL: the states before the last layer side by side are the `context`, the projected end
 * token of the second is `pooled`.
 */
import { UserError } from '../../domain/errors';
import type { ModelComponent } from '../checkpoints/folder-parts';
import { buildClipText } from '../networks/clip';
import { parseClipTextConfig, type ClipTextConfig } from '../networks/clip-config';
import type { PromptChunk } from '../prompts/chunks';
import { floatOutput } from '../runtime/outputs';
import { float32, joinedLast } from '../tensors/tensor';
import { ClipReader, joinedTokens } from './clip-reader';
import type { ClipTextParts } from './clip-texts';
import {
  MOST_WINDOWS,
  partOf,
  type Conditioning,
  type PromptEncoder,
  type ReadingOptions,
  type TextDesign,
} from './family';

export interface TwoClipParts {
  readonly first: ClipTextParts;
  readonly second: ClipTextParts;
  /** A prompt that nobody gave stands for zeros (`force_zeros_for_empty_prompt`); an empty one is read like any other. */
  readonly zerosForMissing: boolean;
}

export interface TwoClipTexts extends TextDesign {
  /** Width of the `context`. */
  readonly width: number;
  readonly pooledWidth: number;
}

/** Throws `unsupported` where the second is no encoder with a projection, `bad-checkpoint` for windows of two lengths. */
export function twoClipTexts(components: Readonly<Record<string, ModelComponent>>, parts: TwoClipParts): TwoClipTexts {
  const [one, two] = [partOf(components, parts.first.component), partOf(components, parts.second.component)];
  const [first, second] = [one, two].map(({ config, configFile }) => parseClipTextConfig(config, configFile)) as [
    ClipTextConfig,
    ClipTextConfig,
  ];
  if (two.className !== 'CLIPTextModelWithProjection') {
    throw new UserError(
      'unsupported',
      `${two.configFile}: the second text encoder is "${two.className}"; supported is CLIPTextModelWithProjection.`,
    );
  }
  const window = first.maxPositionEmbeddings;
  if (second.maxPositionEmbeddings !== window) {
    const found = `"max_position_embeddings" is ${second.maxPositionEmbeddings}`;
    throw new UserError('bad-checkpoint', `${two.configFile}: ${found}, but the first text encoder's is ${window}.`);
  }
  const width = first.hiddenSize + second.hiddenSize;
  return {
    components: [parts.first.component, parts.second.component],
    window,
    layers: Math.min(first.numHiddenLayers, second.numHiddenLayers) - 1,
    shapes: { context: [1, window, width], pooled: [1, second.projectionDim] },
    width,
    pooledWidth: second.projectionDim,
    widths: { [parts.first.component]: first.hiddenSize, [parts.second.component]: second.hiddenSize },
    graph: (component, weights, { text: { skip = 0, vectors } = {}, ...options }) => {
      const isSecond = component === parts.second.component;
      const reading = { ...options, clipSkip: skip, vectors, state: 'penultimate' } as const;
      return buildClipText(isSecond ? second : first, weights, {
        ...reading,
        pooled: isSecond ? 'projected' : undefined,
      });
    },
    prompts: (tokenizers, sessionOf) => {
      const reader = (
        { component, tokenizer }: ClipTextParts,
        { hiddenSize, vocabSize }: ClipTextConfig,
        pools: boolean,
      ): ClipReader =>
        new ClipReader({
          component,
          tokenizer: partOf(tokenizers, tokenizer),
          sessionOf,
          output: 'penultimate_hidden_state',
          width: hiddenSize,
          vocabSize,
          pools,
        });
      const zeros = (): Conditioning => ({
        context: float32(new Float32Array(window * width), [1, window, width]),
        pooled: float32(new Float32Array(second.projectionDim), [1, second.projectionDim]),
      });
      return new TwoClipPrompts(
        reader(parts.first, first, false),
        reader(parts.second, second, true),
        parts.zerosForMissing ? zeros : undefined,
      );
    },
  };
}

class TwoClipPrompts implements PromptEncoder {
  constructor(
    private readonly first: ClipReader,
    private readonly second: ClipReader,
    private readonly zeros: (() => Conditioning) | undefined,
  ) {}

  /** The two vocabularies may need windows of different number; the shorter list goes on with empty ones. */
  async encode(prompt: string, options: ReadingOptions = {}): Promise<Conditioning> {
    const [one, two] = [this.first.chunks(prompt, options), this.second.chunks(prompt, options)];
    const read: Conditioning[] = [];
    for (let index = 0; index < Math.min(Math.max(one.length, two.length), MOST_WINDOWS); index++) {
      const chunks = [one[index] ?? this.first.caption(''), two[index] ?? this.second.caption('')] as const;
      read.push(await this.#read(...chunks, options));
    }
    // The first window says what the whole picture is about.
    const pooled = partOf(read[0] ?? {}, 'pooled');
    return { context: joinedTokens(read.map((part) => partOf(part, 'context'))), pooled };
  }

  windows(prompt: string, options: ReadingOptions = {}): number {
    return Math.max(...[this.first, this.second].map((reader) => reader.chunks(prompt, options).length));
  }

  async missing(options?: ReadingOptions): Promise<Conditioning> {
    return this.zeros?.() ?? this.encode('', options);
  }

  encodeCaption(caption: string): Promise<Conditioning> {
    return this.#read(this.first.caption(caption), this.second.caption(caption), {});
  }

  /** The two vocabularies may cut at different places; what only one of them reads is not lost, what neither reads is. */
  cutOf(caption: string): string {
    const [one, two] = [this.first.cutOf(caption), this.second.cutOf(caption)];
    return one.length < two.length ? one : two;
  }

  async #read(one: PromptChunk, two: PromptChunk, options: ReadingOptions): Promise<Conditioning> {
    const [first, second] = [await this.first.read(one, options), await this.second.read(two, options)];
    const pooled = floatOutput(second.outputs, 'text_embeds');
    return { context: joinedLast(first.states, second.states), pooled };
  }
}
