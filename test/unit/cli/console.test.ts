import { describe, expect, it } from 'vitest';
import { printable, StatusLine } from '../../../src/cli/console';

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
});

it('a prompt cannot command the terminal', () => {
  expect(printable('red\u001b[2J apple\r\n\u202egnp')).toBe('red [2J apple gnp');
});
