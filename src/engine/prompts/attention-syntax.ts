/**
 * Weights in a prompt as AUTOMATIC1111's web UI writes them: (more), [less], (exactly:1.3), and BREAK between chunks.
 */

/** Text that is read with one weight. */
export interface WeightedText {
  readonly text: string;
  readonly weight: number;
}

/** `break` ends a chunk of tokens. */
export type PromptPiece = WeightedText | 'break';

/** What one pair of brackets without a number does. */
const EMPHASIS = 1.1;

/** Brackets that may be open at once; more are text. Nobody nests so deep, and every closing looks at all that its bracket holds. */
const MOST_OPEN = 100;

/** An escape, a bracket, a closing weight, a run of other characters, or what is left over. */
const TOKENS = /\\[()[\]\\]?|[([]|:\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)\s*\)|[)\]]|[^\\()[\]:]+|:/g;

const CLOSING_WEIGHT = /^:\s*(\S+?)\s*\)$/;

/**
 * Brackets that are escaped with a backslash are text, as is a closing one without a partner; one that is never closed counts as closed at
 * the end. Neighbours of one weight are joined.
 */
export function parsePrompt(prompt: string): PromptPiece[] {
  const parser = new Parser();
  for (const [token] of prompt.matchAll(TOKENS)) parser.take(token);
  return parser.finish();
}

interface Weighing {
  text: string;
  weight: number;
}

class Parser {
  readonly #pieces: (Weighing | 'break')[] = [];
  /** Where brackets were opened that are not closed yet, by kind. */
  readonly #round: number[] = [];
  readonly #square: number[] = [];

  take(token: string): void {
    const number = CLOSING_WEIGHT.exec(token)?.[1];
    if (token.startsWith('\\')) this.#add(token.slice(1));
    else if (token === '(' && this.#hasRoom()) this.#round.push(this.#pieces.length);
    else if (token === '[' && this.#hasRoom()) this.#square.push(this.#pieces.length);
    else if (number !== undefined && this.#round.length > 0) this.#weigh(this.#round.pop(), Number(number));
    else if (token === ')' && this.#round.length > 0) this.#weigh(this.#round.pop(), EMPHASIS);
    else if (token === ']' && this.#square.length > 0) this.#weigh(this.#square.pop(), 1 / EMPHASIS);
    else this.#addWithBreaks(token);
  }

  finish(): PromptPiece[] {
    for (const start of this.#round) this.#weigh(start, EMPHASIS);
    for (const start of this.#square) this.#weigh(start, 1 / EMPHASIS);
    if (this.#pieces.length === 0) this.#add('');
    return this.#joined();
  }

  #hasRoom(): boolean {
    return this.#round.length + this.#square.length < MOST_OPEN;
  }

  #add(text: string): void {
    this.#pieces.push({ text, weight: 1 });
  }

  #addWithBreaks(text: string): void {
    const parts = text.split(/\bBREAK\b/);
    parts.forEach((part, index) => {
      if (index > 0) this.#pieces.push('break');
      const begun = index > 0 ? part.trimStart() : part;
      this.#add(index < parts.length - 1 ? begun.trimEnd() : begun);
    });
  }

  #weigh(start = 0, weight: number): void {
    for (const piece of this.#pieces.slice(start)) if (piece !== 'break') piece.weight *= weight;
  }

  #joined(): PromptPiece[] {
    const joined: (Weighing | 'break')[] = [];
    for (const piece of this.#pieces) {
      const last = joined.at(-1);
      if (piece === 'break' || last === undefined || last === 'break' || last.weight !== piece.weight) {
        joined.push(piece === 'break' ? piece : { ...piece });
      } else last.text += piece.text;
    }
    return joined;
  }
}
