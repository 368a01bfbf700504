/** The words of a byte-pair encoding, token → id and merges, in every form that models come with. */
import { UserError } from '../../domain/errors';
import { decodeText } from '../../domain/text-bytes';
import { fileError } from '../../files/file-error';
import { isJsonObject, quote, quoteValue, readJsonFile } from '../../files/json-text';
import { LIMITS, readRegular } from '../../files/regular-file';

/** Paths of the files that list tokens and merges. */
export type VocabularyFiles =
  /** vocab.json and merges.txt, as transformers 4 and older write them. */
  | { readonly vocab: string; readonly merges: string }
  /** tokenizer.json alone, as transformers 5 writes it. */
  | { readonly tokenizerJson: string }
  /** The merges of CLIP itself, from whose order the ids follow. */
  | { readonly clipMerges: string };

export interface Words {
  /** The file that messages name. */
  readonly file: string;
  /** Token → id. */
  readonly vocab: Record<string, number>;
  /** Pairs to merge, most frequent first. */
  readonly merges: [string, string][];
}

export const START = '<|startoftext|>';
export const END = '<|endoftext|>';

/** What is wrong with a file of a tokenizer. */
export function bad(file: string, what: string): UserError {
  return new UserError('bad-checkpoint', `${file}: ${what}.`);
}

/** `vocabSize`: ids are below it. Throws UserError('bad-checkpoint' | 'not-found' | 'io') naming the file. */
export async function readWords(files: VocabularyFiles, vocabSize: number): Promise<Words> {
  if ('tokenizerJson' in files) return readTokenizerJson(files.tokenizerJson, vocabSize);
  if ('clipMerges' in files) return readClipMerges(files.clipMerges);
  const vocab = checkedVocab(files.vocab, await readJsonFile(files.vocab, LIMITS.table), vocabSize);
  return { file: files.vocab, vocab, merges: await readMerges(files.merges) };
}

/** Checks token → id. */
function checkedVocab(file: string, json: unknown, vocabSize: number): Record<string, number> {
  if (!isJsonObject(json)) throw bad(file, 'expected an object of tokens and their ids');
  const ids = new Set<unknown>();
  for (const [token, id] of Object.entries(json)) {
    if (!Number.isSafeInteger(id) || (id as number) < 0 || (id as number) >= vocabSize) {
      throw bad(
        file,
        `token ${quote(token)} has the id ${quoteValue(id)}, expected a whole number from 0 to ${vocabSize - 1}`,
      );
    }
    if (ids.has(id)) throw bad(file, `two tokens have the id ${String(id)}`);
    ids.add(id);
  }
  return json as Record<string, number>;
}

async function readText(file: string): Promise<string> {
  try {
    return decodeText(await readRegular(file, { most: LIMITS.table, code: 'bad-checkpoint' }));
  } catch (error) {
    throw fileError(error, 'read', file);
  }
}

async function readMerges(file: string): Promise<[string, string][]> {
  const lines = (await readText(file)).split(/\r?\n/);
  const merges: [string, string][] = [];
  for (const [number, line] of lines.entries()) {
    if (line === '' || (number === 0 && line.startsWith('#version'))) continue;
    const [left, right, ...rest] = line.split(' ');
    if (left === undefined || right === undefined || left === '' || right === '' || rest.length > 0) {
      throw bad(file, `line ${number + 1} is ${quote(line)}, expected two tokens with one space between them`);
    }
    merges.push([left, right]);
  }
  return merges;
}

/** The `model` of a tokenizer.json is the vocabulary; `added_tokens` are in it, or come on top. */
async function readTokenizerJson(file: string, vocabSize: number): Promise<Words> {
  const json = await readJsonFile(file, LIMITS.table);
  const model = isJsonObject(json) ? json['model'] : undefined;
  if (!isJsonObject(json) || !isJsonObject(model) || model['type'] !== 'BPE') {
    throw bad(file, 'expected a byte-pair encoding ("model": { "type": "BPE", … }), as CLIP has it');
  }
  const added = Array.isArray(json['added_tokens']) ? (json['added_tokens'] as unknown[]).filter(isJsonObject) : [];
  const specials = added.map(({ content, id }): [string, unknown] => [String(content), id]);
  const listed = model['vocab'];
  const vocab: unknown = isJsonObject(listed) ? { ...listed, ...Object.fromEntries<unknown>(specials) } : listed;
  const merges = Array.isArray(model['merges']) ? (model['merges'] as unknown[]) : [];
  return { file, vocab: checkedVocab(file, vocab, vocabSize), merges: merges.map((pair) => mergeOf(pair, file)) };
}

/** A merge is written as "a b" or as ["a", "b"]. */
function mergeOf(pair: unknown, file: string): [string, string] {
  const tokens: unknown = typeof pair === 'string' ? pair.split(' ') : pair;
  const [left, right, ...rest] = Array.isArray(tokens) ? (tokens as unknown[]) : [];
  if (typeof left === 'string' && typeof right === 'string' && rest.length === 0) return [left, right];
  throw bad(file, `the merge ${quoteValue(pair)} is no pair of tokens`);
}

/** CLIP numbers its tokens so: single bytes, single bytes at the end of a word, merges in their order, start and end. */
async function readClipMerges(file: string): Promise<Words> {
  const merges = await readMerges(file);
  const bytes = byteCharacters();
  const tokens = [
    ...bytes,
    ...bytes.map((byte) => `${byte}</w>`),
    ...merges.map(([left, right]) => left + right),
    START,
    END,
  ];
  return { file, vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges };
}

/** The characters that stand for bytes in a token's text, in the order of their ids: printable Latin-1 first, then the others. */
function byteCharacters(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const others = bytes.filter((byte) => !printable(byte)).map((_, place) => 256 + place);
  return [...bytes.filter(printable), ...others].map((code) => String.fromCharCode(code));
}
