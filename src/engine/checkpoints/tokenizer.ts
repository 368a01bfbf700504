/** CLIP's tokenizer: a prompt becomes the fixed window of token ids that the text encoder takes. */
import { Tokenizer } from '@huggingface/tokenizers';
import { clipTokenizerJson, readClipVocabulary, specialTokens } from './tokenizer-files';
import type { ClipVocabulary, TokenizerSource } from './tokenizer-files';

export interface EncodedPrompt {
  /** Exactly `windowLength` ids: start, the prompt's tokens, end, padding. */
  readonly ids: number[];
  /** The end of the prompt that did not fit into the window; '' when all of it did. */
  readonly truncated: string;
}

export interface WeightedId {
  readonly id: number;
  readonly weight: number;
}

/**
 * Longer words without any space are tokenised only this far: the window is full long before. The longest entries of
 * CLIP's vocabulary stand for 16 to 32 bytes, so 77 tokens cover at most about 2,000 characters.
 */
const MAX_WORD_CHARACTERS = 4096;

/** Pieces between white space. Not \S: JavaScript counts U+FEFF as a space and U+0085 not, Unicode the other way round. */
const WORDS = /\P{White_Space}+/gu;

/**
 * NFC and lower case, character by character as the reference tokenizer does it: on a whole word JavaScript would
 * write a Greek capital sigma at its end as the final form. Lone surrogates become U+FFFD, as in any UTF-8 text.
 */
function normalize(text: string): string {
  const composed = text.replace(/\p{Cs}/gu, '\ufffd').normalize('NFC');
  return Array.from(composed, (character) => character.toLowerCase()).join('');
}

/** The longest start of `text` not longer than `limit` UTF-16 units that does not end inside a surrogate pair. */
function startOf(text: string, limit: number): string {
  const inPair = limit < text.length && /[\ud800-\udbff]/.test(text.charAt(limit - 1));
  return text.slice(0, inPair ? limit - 1 : limit);
}

/** `text` cut before and after every occurrence of a mark; the marks stay as pieces of their own. */
function splitAt(text: string, marks: readonly string[]): string[] {
  const [mark, ...others] = marks;
  if (mark === undefined) return [text];
  const pieces = text.split(mark).flatMap((piece, i) => [...(i > 0 ? [mark] : []), ...splitAt(piece, others)]);
  return pieces.filter((piece) => piece !== '');
}

interface Token {
  readonly id: number;
  /** UTF-8 bytes of the normalised text that it stands for. */
  readonly bytes: number;
}

/** How many leading characters of `word` these leading tokens of it stand for. */
function charactersOf(word: string, tokens: readonly Token[]): number {
  const bytes = tokens.reduce((sum, token) => sum + token.bytes, 0);
  let tooFew = -1;
  let enough = Math.min(word.length, MAX_WORD_CHARACTERS);
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (Buffer.byteLength(normalize(startOf(word, middle))) >= bytes) enough = middle;
    else tooFew = middle;
  }
  return startOf(word, enough).length;
}

/** Byte-pair encoding with CLIP's rules over one model's vocabulary. */
export class ClipTokenizer {
  readonly windowLength: number;
  readonly #vocabulary: ClipVocabulary;
  readonly #tokenizer: Tokenizer;
  /** Special tokens stand for themselves where a prompt spells them exactly, upper and lower case included. */
  readonly #special: ReadonlyMap<string, number>;

  constructor(vocabulary: ClipVocabulary) {
    this.windowLength = vocabulary.windowLength;
    this.#vocabulary = vocabulary;
    this.#special = specialTokens(vocabulary);
    this.#tokenizer = new Tokenizer(clipTokenizerJson(vocabulary), {});
  }

  /**
   * Encodes a prompt of any length and content; anything that is no text (control characters, lone surrogates) becomes
   * tokens like everything else. Work is bounded: what lies beyond the window is not tokenised.
   */
  encode(prompt: string): EncodedPrompt {
    const { start, end, pad } = this.#vocabulary;
    const room = this.windowLength - 2;
    const tokens: number[] = [];
    let truncated = '';
    for (const { 0: word, index } of prompt.matchAll(WORDS)) {
      const next = this.#tokenize(word);
      const fitting = next.slice(0, room - tokens.length);
      tokens.push(...fitting.map((token) => token.id));
      if (fitting.length < next.length) {
        truncated = prompt.slice(index + charactersOf(word, fitting));
        break;
      }
    }
    const ids = [start, ...tokens, end];
    while (ids.length < this.windowLength) ids.push(pad);
    return { ids, truncated };
  }

  /** The ids of a text's tokens, without marks and as many as there are. */
  tokens(text: string): number[] {
    return Array.from(text.matchAll(WORDS), ([word]) => this.#tokenize(word).map(({ id }) => id)).flat();
  }

  /** Tokens that fit into the window, between the start and the end mark, then padding; what is added has the weight 1. */
  framed(tokens: readonly WeightedId[]): { readonly ids: number[]; readonly weights: number[] } {
    const { start, end, pad } = this.#vocabulary;
    const padding = Math.max(this.windowLength - 2 - tokens.length, 0);
    const ids = [start, ...tokens.map(({ id }) => id), end, ...new Array<number>(padding).fill(pad)];
    const weights = [1, ...tokens.map(({ weight }) => weight), 1, ...new Array<number>(padding).fill(1)];
    return { ids, weights };
  }

  #tokenize(word: string): Token[] {
    return splitAt(startOf(word, MAX_WORD_CHARACTERS), [...this.#special.keys()]).flatMap((piece) => {
      const special = this.#special.get(piece);
      if (special !== undefined) return [{ id: special, bytes: piece.length }];
      const { ids, tokens } = this.#tokenizer.encode(normalize(piece));
      // In a token's text one character stands for one byte, and "</w>" for the end of a word.
      return ids.map((id, i) => ({ id, bytes: (tokens[i] ?? '').replace(/<\/w>$/, '').length }));
    });
  }
}

/** Reads a model's tokenizer files. Throws UserError('bad-checkpoint' | 'not-found' | 'io') naming the file. */
export async function loadTokenizer(source: TokenizerSource): Promise<ClipTokenizer> {
  return new ClipTokenizer(await readClipVocabulary(source));
}
