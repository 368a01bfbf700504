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
      tokens.push(...next.slice(0, room - tokens.length + next.length));
      if (tokens.length > room) {
        const fitting = this.#fittingCharacters(word, room - (tokens.length - next.length));
        truncated = prompt.slice(index + fitting);
        break;
      }
    }
    const ids = [start, ...tokens.slice(0, room), end];
    while (ids.length < this.windowLength) ids.push(pad);
    return { ids, truncated };
  }

  #tokenize(word: string): number[] {
    return splitAt(startOf(word, MAX_WORD_CHARACTERS), [...this.#special.keys()]).flatMap((piece) => {
      const special = this.#special.get(piece);
      return special === undefined ? this.#tokenizer.encode(normalize(piece)).ids : [special];
    });
  }

  /** How many leading characters of a word too long for the window take at most `tokens` tokens. */
  #fittingCharacters(word: string, tokens: number): number {
    let fits = 0;
    let tooLong = Math.min(word.length, MAX_WORD_CHARACTERS) + 1;
    while (tooLong - fits > 1) {
      const middle = Math.floor((fits + tooLong) / 2);
      if (this.#tokenize(startOf(word, middle)).length <= tokens) fits = middle;
      else tooLong = middle;
    }
    return startOf(word, fits).length;
  }
}

/** Reads a model's tokenizer files. Throws UserError('bad-checkpoint' | 'not-found' | 'io') naming the file. */
export async function loadTokenizer(source: TokenizerSource): Promise<ClipTokenizer> {
  return new ClipTokenizer(await readClipVocabulary(source));
}
