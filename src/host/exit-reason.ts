/** Why a worker process ended, in words for the user. */
import type { ErrorCode } from '../domain/errors';

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines it wrote to standard error. */
  readonly lastWords: string;
}

export interface EndReason {
  readonly code: Extract<ErrorCode, 'worker-gone' | 'out-of-memory'>;
  readonly sentence: string;
}

const NATIVE_CRASH: ReadonlySet<string> = new Set([
  'SIGSEGV',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGABRT',
  'SIGTRAP',
  'SIGSYS',
]);
/** Windows tells a crash by the exit code, an NTSTATUS value. */
const NTSTATUS: ReadonlyMap<number, string> = new Map([
  [0xc0000005, 'access violation'],
  [0xc000001d, 'illegal instruction'],
  [0xc00000fd, 'stack overflow'],
  [0xc0000374, 'heap corruption'],
  [0xc0000409, 'abort'],
]);
const NTSTATUS_NO_MEMORY = 0xc0000017;
/** V8, the C++ runtime and the operating systems when memory runs out. */
const NO_MEMORY_TEXT = /out of memory|bad_alloc|allocation failed/i;
/** How JavaScript, C++ and Rust programs announce their end. */
const TELLING = /^(\w*Error|FATAL ERROR|terminate called|Assertion|thread .* panicked)\b|bug:/;
const SMALLER = 'Make a smaller picture or fewer variants at once, or close other programs';

export function explainEnd({ code, signal, lastWords }: ProcessEnd): EndReason {
  if (code === NTSTATUS_NO_MEMORY || NO_MEMORY_TEXT.test(lastWords)) {
    return { code: 'out-of-memory', sentence: `The worker process ran out of memory. ${SMALLER}.` };
  }
  if (signal === 'SIGKILL') {
    return {
      code: 'worker-gone',
      sentence: `The worker process was killed (SIGKILL); operating systems do that when memory runs out. ${SMALLER}.`,
    };
  }
  const crash = signal !== null && NATIVE_CRASH.has(signal) ? signal : NTSTATUS.get(code ?? 0);
  if (crash !== undefined) {
    return {
      code: 'worker-gone',
      sentence:
        `The worker process crashed in native code (${crash}).${quoted(lastWords)}` +
        ` If it happens again, choose the device "cpu", or another Node.js for the worker.`,
    };
  }
  const how = signal === null ? `ended with exit code ${code ?? 'unknown'}` : `was ended by ${signal}`;
  return { code: 'worker-gone', sentence: `The worker process ${how}.${quoted(lastWords)}` };
}

/** Quotes the line that says what happened; programs like to print a stack and their version after it. */
function quoted(lastWords: string): string {
  const lines = lastWords
    .split('\n')
    .map((text) => text.trim())
    .filter((text) => text !== '');
  const line = lines.findLast((text) => TELLING.test(text)) ?? lines.at(-1);
  return line === undefined ? '' : ` Its last words: "${line.slice(0, 300)}".`;
}
