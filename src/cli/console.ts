/** What the command line prints: results on standard output, everything else on standard error. */

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
}

/** Prompts and file names are data: what a terminal would obey, or what turns the text round, becomes a space. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** One line on standard error that is rewritten in place on a terminal; elsewhere one line for each phase. */
export class StatusLine {
  #shown = '';

  constructor(private readonly output: Output) {}

  /** `detail` changes often, `phase` seldom. */
  show(phase: string, detail = ''): void {
    if (this.output.isTTY === true) {
      this.output.write(`\r\u001b[K${`${phase}${detail}`.slice(0, (this.output.columns ?? 80) - 1)}`);
    } else if (phase !== this.#shown) {
      this.output.write(`${phase}\n`);
    }
    this.#shown = phase;
  }

  /** Makes room for other lines. */
  clear(): void {
    if (this.#shown !== '' && this.output.isTTY === true) this.output.write('\r\u001b[K');
    this.#shown = '';
  }
}
