/** A prompt of any length as windows of token ids with a weight for each, the way AUTOMATIC1111's web UI fills them. */
import type { ClipTokenizer } from '../checkpoints/tokenizer';
import { parsePrompt } from './attention-syntax';
import type { EmbeddedWord, WordFinder } from './embeddings';

/** One window of the text encoder. */
export interface PromptChunk {
  /** Start mark, tokens, end mark, padding: as many as the window has. */
  readonly ids: readonly number[];
  /** A weight for each. */
  readonly weights: readonly number[];
  /** Words of textual inversion, by their place among the ids. */
  readonly words: readonly PlacedWord[];
}

export interface PlacedWord {
  readonly at: number;
  readonly word: EmbeddedWord;
}

/** A comma so many tokens back is a better place to break a full chunk than the middle of a phrase. */
const COMMA_BACKTRACK = 20;

/** At least one chunk. `find` takes the words of textual inversion out of a text. */
export function chunksOf(prompt: string, tokenizer: ClipTokenizer, find: WordFinder): PromptChunk[] {
  const filler = new ChunkFiller(tokenizer);
  for (const piece of parsePrompt(prompt)) {
    if (piece === 'break') {
      filler.end();
      continue;
    }
    for (const part of find(piece.text)) {
      if (typeof part === 'string') filler.addTokens(tokenizer.tokens(part), piece.weight);
      else filler.addWord(part, piece.weight);
    }
  }
  return filler.finish();
}

interface Weighted {
  readonly id: number;
  readonly weight: number;
  /** On the first of the places that a word takes. */
  readonly word?: EmbeddedWord;
}

class ChunkFiller {
  readonly #chunks: PromptChunk[] = [];
  readonly #room: number;
  readonly #comma: number | undefined;
  #tokens: Weighted[] = [];
  #lastComma = -1;

  constructor(private readonly tokenizer: ClipTokenizer) {
    this.#room = tokenizer.windowLength - 2;
    this.#comma = tokenizer.tokens(',')[0];
  }

  addTokens(ids: readonly number[], weight: number): void {
    for (const id of ids) {
      if (id === this.#comma) this.#lastComma = this.#tokens.length;
      else if (this.#isFull() && this.#commaIsNear()) this.#endAtComma();
      if (this.#isFull()) this.end();
      this.#tokens.push({ id, weight });
    }
  }

  /** A word is never split: where it does not fit, the next chunk begins. */
  addWord(word: EmbeddedWord, weight: number): void {
    const places = Math.min(word.vectors.length, this.#room);
    if (this.#tokens.length + places > this.#room) this.end();
    // The id is looked up and then replaced by the vector.
    for (let place = 0; place < places; place++) {
      this.#tokens.push({ id: 0, weight, ...(place === 0 ? { word } : {}) });
    }
  }

  end(): void {
    const { ids, weights } = this.tokenizer.framed(this.#tokens);
    const words = this.#tokens.flatMap(({ word }, place) => (word === undefined ? [] : [{ at: place + 1, word }]));
    this.#chunks.push({ ids, weights, words });
    this.#tokens = [];
    this.#lastComma = -1;
  }

  finish(): PromptChunk[] {
    if (this.#tokens.length > 0 || this.#chunks.length === 0) this.end();
    return this.#chunks;
  }

  #isFull(): boolean {
    return this.#tokens.length === this.#room;
  }

  #commaIsNear(): boolean {
    return this.#lastComma !== -1 && this.#tokens.length - this.#lastComma <= COMMA_BACKTRACK;
  }

  /** What follows the comma moves to the next chunk. */
  #endAtComma(): void {
    const moved = this.#tokens.splice(this.#lastComma + 1);
    this.end();
    this.#tokens = moved;
  }
}
