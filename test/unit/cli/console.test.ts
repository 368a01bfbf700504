import { describe, expect, it } from 'vitest';
import { Console, StatusLine } from '../../../src/cli/console';

function recorder(isTTY: boolean): { isTTY: boolean; columns: number; text: string; write: (text: string) => void } {
  return {
    isTTY,
    columns: 20,
    text: '',
    write(text) {
      this.text += text;
    },
  };
}

describe('the status line', () => {
  it('is rewritten in place on a terminal, and cut to its width', () => {
    const output = recorder(true);
    const line = new StatusLine(output);
    line.show('drawing', ', step 1 of 4, 0.3 s left');
    line.clear();
    line.clear();
    expect(output.text).toBe('\r\u001b[Kdrawing, step 1 of \r\u001b[K');
  });

  it('is one line for each phase elsewhere', () => {
    const output = recorder(false);
    const line = new StatusLine(output);
    line.show('drawing', ', step 1');
    line.show('drawing', ', step 2');
    line.show('saving');
    line.clear();
    expect(output.text).toBe('drawing\nsaving\n');
  });

  it.each([true, false])('is not commanded by a prompt (terminal: %s)', (isTTY) => {
    const output = recorder(isTTY);
    new StatusLine(output).show('a\u001b]0;x\u0007', '\u009b2J\n');
    expect(output.text.replace('\r\u001b[K', '')).toMatch(/^a \]0;x( 2J)?\n?$/);
  });
});

describe('the terminal', () => {
  const hostile = 'a\u001b[2J\u009b1m\u202eb\u200b\rc\nd';

  it('gets only what is printable, from every way to write to it', () => {
    const terminal = { stdout: recorder(true), stderr: recorder(true) };
    const screen = new Console(terminal);
    screen.print(`${hostile}\n`);
    screen.say(hostile);
    screen.note(hostile);
    screen.fail(hostile);
    expect(terminal.stdout.text).toBe('a [2J 1m b  c\nd\n');
    expect(terminal.stderr.text).toBe('a [2J 1m b  c\ndNote: a [2J 1m b c d\nError: a [2J 1m b  c\n  d\n');
  });

  it('gets JSON with escapes, in which the values are the same', () => {
    const terminal = { stdout: recorder(true), stderr: recorder(true) };
    new Console(terminal).printJson({ hostile });
    expect(JSON.parse(terminal.stdout.text)).toEqual({ hostile });
    expect(terminal.stdout.text).toMatch(/^[\x20-\x7e\n]+$/);
  });
});
