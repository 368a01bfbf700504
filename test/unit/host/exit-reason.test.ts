import { describe, expect, it } from 'vitest';
import { explainEnd } from '../../../src/host/exit-reason';
import { containing, matching } from '../../support/matching';

const end = { code: null, signal: null, lastWords: '' };

describe('the end of a worker process', () => {
  it('by SIGKILL points at memory', () => {
    expect(explainEnd({ ...end, signal: 'SIGKILL' })).toMatchObject({
      code: 'worker-gone',
      sentence: matching(/SIGKILL.*memory/),
    });
  });

  it.each(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGTRAP'] as const)(
    'by %s is a crash in native code',
    (signal) => {
      const { code, sentence } = explainEnd({ ...end, signal, lastWords: 'first\nterminate called\n' });
      expect(code).toBe('worker-gone');
      expect(sentence).toContain(`crashed in native code (${signal})`);
      expect(sentence).toContain('"terminate called"');
    },
  );

  it.each([
    [0xc0000005, 'access violation'],
    [0xc00000fd, 'stack overflow'],
  ])('with the NTSTATUS %i is a crash in native code', (code, name) => {
    expect(explainEnd({ ...end, code }).sentence).toContain(name);
  });

  it.each([
    { ...end, code: 0xc0000017 },
    {
      ...end,
      signal: 'SIGABRT' as const,
      lastWords: 'FATAL ERROR: Reached heap limit - JavaScript heap out of memory',
    },
    {
      ...end,
      signal: 'SIGABRT' as const,
      lastWords: "terminate called after throwing an instance of 'std::bad_alloc'",
    },
  ])('for want of memory says so: %j', (how) => {
    expect(explainEnd(how)).toMatchObject({
      code: 'out-of-memory',
      sentence: containing('ran out of memory'),
    });
  });

  it('by an exit code quotes the last words', () => {
    expect(explainEnd({ ...end, code: 70, lastWords: 'Cannot find module' }).sentence).toBe(
      'The worker process ended with exit code 70. Its last words: "Cannot find module".',
    );
  });

  it('quotes the line that says what happened, not the stack below it', () => {
    const lastWords = 'throw e;\n^\n\nTypeError: x is not a function\n    at a.js:1\n\nNode.js v20.20.2';
    expect(explainEnd({ ...end, code: 1, lastWords }).sentence).toContain('"TypeError: x is not a function"');
  });

  it('by another signal names it', () => {
    expect(explainEnd({ ...end, signal: 'SIGTERM' }).sentence).toBe('The worker process was ended by SIGTERM.');
  });
});
