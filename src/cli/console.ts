/** What the command line prints: results on standard output, everything else on standard error. */
import { printable, printableJson, printableLines } from '../domain/printable';

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
}

/** The only place that writes to the terminal, and only what is printable: much of what is told was written by strangers. */
export class Console {
  readonly status: StatusLine;

  constructor(private readonly terminal: Terminal) {
    this.status = new StatusLine(terminal.stderr);
  }

  /** A result for people. */
  print(text: string): void {
    this.terminal.stdout.write(printableLines(text));
  }

  /** A result for programs: the very same text, with escapes. */
  printJson(value: object): void {
    this.terminal.stdout.write(`${printableJson(value)}\n`);
  }

  /** Everything that is no result. */
  say(text: string): void {
    this.terminal.stderr.write(printableLines(text));
  }

  note(text: string): void {
    this.say(`Note: ${printable(text)}\n`);
  }

  /** Further lines are indented, so that none of them can look like one of ours. */
  fail(message: string): void {
    this.say(`Error: ${message.replaceAll('\n', '\n  ')}\n`);
  }
}

/** One line on standard error that is rewritten in place on a terminal; elsewhere one line for each phase. */
export class StatusLine {
  #shown = '';

  constructor(private readonly output: Output) {}

  /** `detail` changes often, `phase` seldom. */
  show(phase: string, detail = ''): void {
    const text = printable(`${phase}${detail}`);
    if (this.output.isTTY === true) {
      this.output.write(`\r\u001b[K${text.slice(0, (this.output.columns ?? 80) - 1)}`);
    } else if (phase !== this.#shown) {
      this.output.write(`${printable(phase)}\n`);
    }
    this.#shown = phase;
  }

  /** Makes room for other lines. */
  clear(): void {
    if (this.#shown !== '' && this.output.isTTY === true) this.output.write('\r\u001b[K');
    this.#shown = '';
  }
}
