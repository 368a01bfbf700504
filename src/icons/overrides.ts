/** `captions.jsonl` in an icon folder: what its owner says about single icons, one JSON object a line, to be committed. */
import path from 'node:path';
import * as v from 'valibot';
import { UserError } from '../domain/errors';
import { decodeText } from '../domain/text-bytes';
import { readRegular } from '../files/regular-file';

export const OVERRIDES_FILE = 'captions.jsonl';
/** 5,000 icons with a paragraph each. */
const MAX_BYTES = 8 * 2 ** 20;

export interface IconOverride {
  readonly caption?: string | undefined;
  readonly exclude?: boolean | undefined;
}

export interface Overrides {
  readonly byId: ReadonlyMap<string, IconOverride>;
  /** Lines that cannot be used, and why. */
  readonly problems: readonly string[];
}

const schema = v.object({
  id: v.string(),
  caption: v.optional(v.string()),
  exclude: v.optional(v.boolean()),
});

/** No file: no overrides. Throws `io` when it is there and cannot be read, `bad-request` when it is too large. */
export async function readOverrides(folder: string): Promise<Overrides> {
  const file = path.join(folder, OVERRIDES_FILE);
  const text = await textOf(file).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    if (error instanceof UserError) throw error;
    throw new UserError('io', `${file} cannot be read. Make it readable, or remove it.`, { cause: error });
  });
  const byId = new Map<string, IconOverride>();
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const parsed = parseLine(line);
    if (typeof parsed === 'string') problems.push(`line ${index + 1} is left out: ${parsed}`);
    else byId.set(parsed.id, parsed);
  }
  return { byId, problems };
}

async function textOf(file: string): Promise<string> {
  return decodeText(await readRegular(file, { most: MAX_BYTES, code: 'bad-request' }));
}

function parseLine(line: string): v.InferOutput<typeof schema> | string {
  try {
    const result = v.safeParse(schema, JSON.parse(line));
    if (result.success) return result.output;
    const [issue] = result.issues;
    return `${v.getDotPath(issue) ?? 'it'}: ${issue.message}`;
  } catch {
    return 'it is no JSON';
  }
}
