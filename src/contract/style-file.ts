/** style.json: what fine-tuning says of a style in `.fourstep/styles/<name>/`, and what a repository may bring. */
import * as v from 'valibot';
import { UserError } from '../domain/errors';
import { STYLE_VERSION } from '../domain/style';
import { list, problemOf } from './schema';

const text = v.pipe(v.string(), v.maxLength(1000));
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected a SHA-256'));
/** Inside the style's folder: forward slashes, no absolute path, no "..". */
const inside = v.pipe(
  v.string(),
  v.maxLength(1000),
  v.check(isInside, 'expected a relative path inside the style\'s folder, such as "samples/1-after.png"'),
);

function isInside(file: string): boolean {
  return file.split('/').every((part) => !/^\.{0,2}$|[\\:]|\p{Cc}/u.test(part));
}

const sample = v.pipe(v.object({ prompt: text, before: inside, after: inside }), v.readonly());

const styleFile = v.pipe(
  v.object({
    version: v.literal(STYLE_VERSION),
    name: v.pipe(text, v.nonEmpty()),
    /** Goes behind the prompt: "arrow left, house style". */
    styleWord: text,
    /** The model it belongs to. */
    model: v.pipe(v.object({ id: text, sha256: hash }), v.readonly()),
    rank: whole,
    alpha: positive,
    targets: list(text, 100),
    /** Step whose weights were kept. */
    steps: whole,
    learningRate: positive,
    seed: whole,
    /** SHA-256 of the encoded pictures and captions. */
    dataHash: hash,
    engine: text,
    /** ISO 8601. */
    created: v.pipe(text, v.isoTimestamp()),
    /** Pictures in the samples folder: what was asked for, and how it looked before and after. */
    samples: list(sample, 1000),
  }),
  v.readonly(),
);

export type StyleFile = v.InferOutput<typeof styleFile>;

/** Throws `bad-request` naming the file, the field, what was expected and what was found. */
export function parseStyleFile(value: unknown, file: string): StyleFile {
  const parsed = v.safeParse(styleFile, value);
  if (parsed.success) return parsed.output;
  throw new UserError('bad-request', `${file}: ${problemOf(parsed.issues, 'the description')}.`);
}
