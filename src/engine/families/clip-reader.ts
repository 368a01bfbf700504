/** One CLIP text encoder with its tokenizer: windows of tokens in, states out, weighted as the prompt says. */
import type { ClipTokenizer } from '../checkpoints/tokenizer';
import { chunksOf, type PromptChunk } from '../prompts/chunks';
import { wordFinder, type EmbeddedWord } from '../prompts/embeddings';
import { assertFinite, floatOutput } from '../runtime/outputs';
import { float32, int64, sizeOf, type Tensor } from '../tensors/tensor';
import { partOf, type ReadingOptions, type SessionOf } from './family';

export interface ClipReaderParts {
  readonly component: string;
  readonly tokenizer: ClipTokenizer;
  readonly sessionOf: SessionOf;
  /** The output that holds the states. */
  readonly output: string;
  /** Width of the states, which is that of a word's vectors too. */
  readonly width: number;
  /** Rows of the table of tokens. */
  readonly vocabSize: number;
  /** The network also pools. */
  readonly pools?: boolean;
}

/** What a text encoder makes of one window. */
export interface ReadChunk {
  /** float32 [1, window, width] */
  readonly states: Tensor<'float32'>;
  /** All outputs of the network, as they came. */
  readonly outputs: Readonly<Record<string, Tensor>>;
}

export class ClipReader {
  constructor(private readonly parts: ClipReaderParts) {}

  /** At least one chunk. */
  chunks(prompt: string, options: ReadingOptions): PromptChunk[] {
    return chunksOf(prompt, this.parts.tokenizer, wordFinder(this.#words(options)));
  }

  caption(caption: string): PromptChunk {
    const { ids } = this.parts.tokenizer.encode(caption);
    return { ids, weights: ids.map(() => 1), words: [] };
  }

  cutOf(caption: string): string {
    return this.parts.tokenizer.encode(caption).truncated;
  }

  async read(chunk: PromptChunk, options: ReadingOptions): Promise<ReadChunk> {
    const { component, sessionOf, output } = this.parts;
    const { ids, weights, words } = chunk;
    const session = await sessionOf(component, { skip: options.clipSkip ?? 0, vectors: words.length > 0 })();
    const vectors = words.length === 0 ? {} : this.#vectorFeeds(chunk, this.#words(options));
    const outputs = await session.run({ input_ids: int64(ids, [1, ids.length]), ...vectors });
    const states = floatOutput(outputs, output);
    assertFinite(states.data, 'The text encoder');
    return { states: weighted(states, weights), outputs };
  }

  #words({ words = [] }: ReadingOptions): EmbeddedWord[] {
    return words.map((word) => partOf(word, this.parts.component));
  }

  /** `known` in the order in which diffusers would number their vectors behind the vocabulary. */
  #vectorFeeds({ ids, words }: PromptChunk, known: readonly EmbeddedWord[]): Record<string, Tensor> {
    const { width, vocabSize, pools = false } = this.parts;
    const window = ids.length;
    const keeps = new Float32Array(window).fill(1);
    const vectors = new Float32Array(window * width);
    const marks = [...ids];
    for (const { at, word } of words) {
      const before = known.slice(0, known.indexOf(word)).reduce((sum, other) => sum + other.vectors.length, 0);
      word.vectors.slice(0, window - at).forEach((vector, place) => {
        keeps[at + place] = 0;
        vectors.set(vector, (at + place) * width);
        marks[at + place] = vocabSize + before + place;
      });
    }
    return {
      keeps_token: float32(keeps, [1, window, 1]),
      vectors: float32(vectors, [1, window, width]),
      ...(pools ? { end_marks: int64(marks, [1, window]) } : {}),
    };
  }
}

/**
 * Each token's state times its weight, then all of them so that their mean is what it was ("Original" emphasis of AUTOMATIC1111's web UI).
 * A mean of nothing cannot be restored and is left.
 */
function weighted(states: Tensor<'float32'>, weights: readonly number[]): Tensor<'float32'> {
  if (weights.every((weight) => weight === 1)) return states;
  const width = sizeOf(states.shape) / weights.length;
  const scaled = states.data.map((value, i) => value * (weights[Math.floor(i / width)] ?? 1));
  const ratio = meanOf(states.data) / meanOf(scaled);
  return float32(Number.isFinite(ratio) ? scaled.map((value) => value * ratio) : scaled, states.shape);
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Tensors [1, tokens, width] joined along their tokens. */
export function joinedTokens(parts: readonly Tensor<'float32'>[]): Tensor<'float32'> {
  const [first] = parts;
  if (first === undefined) throw new Error('There are no states to join');
  if (parts.length === 1) return first;
  const width = first.shape.at(-1) ?? 1;
  const data = new Float32Array(parts.reduce((sum, { data: part }) => sum + part.length, 0));
  let done = 0;
  for (const { data: part } of parts) {
    data.set(part, done);
    done += part.length;
  }
  return float32(data, [1, data.length / width, width]);
}
