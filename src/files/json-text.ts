/** JSON from files nobody vouches for: size and depth limits, no duplicate or `__proto__` keys, errors that name the file. */
import { messageOf, UserError } from '../domain/errors';
import { isLfsPointer, LFS_ADVICE } from '../domain/lfs';
import { withoutMark } from '../domain/text-bytes';
import { LIMITS, readRegular } from './regular-file';
import { fileError } from './file-error';

/** Model configs nest 4 levels; the limit keeps later recursive readers off the end of the stack. */
const MAX_DEPTH = 64;

/** A name from a file for a message: quoted, control characters escaped, long ones cut. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 117)}...` : name);
}

/** Any value out of a JSON file, or undefined where there is none, as it may stand in a message. */
export function quoteValue(value: unknown): string {
  if (value === undefined) return 'undefined';
  return quote(typeof value === 'string' ? value : JSON.stringify(value));
}

/** True for a JSON object (not an array, not null). */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Index of the quote that ends the string starting at `start`, in text that is valid JSON. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}

function checkKey(keys: Set<string>, literal: string): string | undefined {
  const key = literal.includes('\\') ? String(JSON.parse(literal)) : literal.slice(1, -1);
  if (key === '__proto__') return 'the key "__proto__" is not allowed';
  if (/\p{Cs}/u.test(key)) return `the key ${quote(key)} is not valid Unicode`;
  if (keys.has(key)) return `the key ${quote(key)} occurs twice in one object`;
  keys.add(key);
  return undefined;
}

/** What JSON.parse silently lets through: duplicate keys (the last one wins) and `__proto__`. `text` is valid JSON. */
function findProblem(text: string): string | undefined {
  const stack: (Set<string> | undefined)[] = [];
  let keyExpected = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '{' || char === '[') {
      stack.push(char === '{' ? new Set() : undefined);
      keyExpected = char === '{';
      if (stack.length > MAX_DEPTH) return `it nests deeper than ${MAX_DEPTH} levels`;
    } else if (char === '}' || char === ']') {
      stack.pop();
    } else if (char === ',') {
      keyExpected = stack.at(-1) !== undefined;
    } else if (char === '"') {
      const end = endOfString(text, i);
      const keys = stack.at(-1);
      const problem = keyExpected && keys ? checkKey(keys, text.slice(i, end + 1)) : undefined;
      if (problem !== undefined) return problem;
      keyExpected = false;
      i = end;
    }
  }
  return undefined;
}

export interface JsonOptions {
  /** Python's json module writes -Infinity, Infinity and NaN, which JSON does not know; diffusers' configs hold them. */
  readonly pythonNumbers?: boolean;
}

/** Parses UTF-8 JSON. `where` names the file in the errors, which are all UserError('bad-checkpoint'). */
export function parseJson(bytes: Uint8Array, where: string, { pythonNumbers = false }: JsonOptions = {}): unknown {
  let text: string;
  let value: unknown;
  try {
    text = withoutMark(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new UserError('bad-checkpoint', `${where} is not valid UTF-8 text; the file is damaged. Download it again.`);
  }
  try {
    value = pythonNumbers ? parseWithPythonNumbers(text) : JSON.parse(text);
  } catch (error) {
    const reason = isLfsPointer(bytes) ? LFS_ADVICE : messageOf(error);
    throw new UserError('bad-checkpoint', `${where} is not valid JSON: ${reason}.`, { cause: error });
  }
  const problem = findProblem(text);
  if (problem !== undefined) throw new UserError('bad-checkpoint', `${where} cannot be used: ${problem}.`);
  return value;
}

/** A string of its own stands for "not a number", which JSON has no number for. */
const NOT_A_NUMBER = '\u0000NaN\u0000';
const PYTHON_NUMBERS: Readonly<Record<string, string>> = {
  NaN: JSON.stringify(NOT_A_NUMBER),
  Infinity: '1e999',
  '-Infinity': '-1e999',
};

function parseWithPythonNumbers(text: string): unknown {
  if (!/NaN|Infinity/.test(text)) return JSON.parse(text);
  // Strings are matched too, so that words in them stay; one without an end goes to the end, and is looked at once.
  const plain = text.replace(/"(?:[^"\\]|\\[^])*(?:"|\\?$)|-?Infinity|NaN/g, (token) => PYTHON_NUMBERS[token] ?? token);
  return JSON.parse(plain, (_key, value: unknown) => (value === NOT_A_NUMBER ? NaN : value));
}

/** Reads a JSON file, a config unless more is allowed. Throws UserError('not-found' | 'io' | 'bad-checkpoint') naming the file. */
export async function readJsonFile(file: string, most: number = LIMITS.config): Promise<unknown> {
  try {
    return parseJson(await readRegular(file, { most, code: 'bad-checkpoint' }), file, { pythonNumbers: true });
  } catch (error) {
    throw fileError(error, 'read', file);
  }
}
