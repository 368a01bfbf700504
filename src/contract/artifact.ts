/**
 * Files that cross between a worker and who asks it. Both ends know paths; what travels is a handle, because the ends need not share a
 * disk. A request, a result or a progress says in its schema which of its fields are such files.
 */
import * as v from 'valibot';

/** A URI that the artifact stores of both ends understand; its scheme says which store. */
export type Handle = string & v.Brand<'artifact'>;

/**
 * "content": a file, or a folder with all that is in it, which the other end shall read. "place": a folder or file that one end writes; nothing
 * but its name goes along, and what is written there comes back under handles of its own.
 */
export type ArtifactUse = 'content' | 'place';

/** Percent-encoding makes a path three times as long at most. */
const LONGEST_HANDLE = 100_000;

const handle = (): v.CustomSchema<Handle, v.ErrorMessage<v.CustomIssue> | undefined> =>
  v.custom<Handle>(isHandle, 'expected an artifact handle, a URI that leads through no ".", ".." or empty name');

export const content = handle();
export const place = handle();

const USES: ReadonlyMap<unknown, ArtifactUse> = new Map([
  [content, 'content'],
  [place, 'place'],
]);

/** The same value where the files are paths. */
export type Local<T> = T extends Handle ? string : T extends object ? { readonly [K in keyof T]: Local<T[K]> } : T;

/** A handle names one thing in one way: no part of it leads up, or is two parts for whoever decodes it. */
export function isHandle(value: unknown): value is Handle {
  if (typeof value !== 'string' || value.length > LONGEST_HANDLE) return false;
  const [, names] = /^[a-z][a-z\d+.-]*:\/\/([^\s\\?#]*)$/.exec(value) ?? [];
  if (names === undefined) return false;
  const [, ...parts] = names.split('/');
  return parts.every((part, index) => isName(part) || (part === '' && index === parts.length - 1));
}

function isName(part: string): boolean {
  try {
    return !/^\.{0,2}$|[/\0]/.test(decodeURIComponent(part));
  } catch {
    return false;
  }
}

/** Gives what stands for a file at the other end. `where`: the field, for messages. */
export type Translate = (file: string, use: ArtifactUse, where: string) => Promise<string>;

/** What there is to know of a schema's inside. */
interface Shape {
  readonly wrapped?: Schema;
  readonly item?: Schema;
  readonly entries?: Readonly<Record<string, Schema>>;
  /** Of a union; of a choice between texts, the texts. */
  readonly options?: readonly (Schema | string)[];
  /** Which of the union's options it is. */
  readonly key?: string;
  readonly literal?: unknown;
}
export type Schema = v.GenericSchema;

/** A copy of `value` in which each file that `schema` declares is translated. */
export async function translated(
  schema: Schema,
  value: unknown,
  translate: Translate,
  where: string,
): Promise<unknown> {
  const use = USES.get(schema);
  if (use !== undefined) return typeof value === 'string' ? translate(value, use, where) : value;
  const { wrapped, item, options } = schema as Shape;
  if (wrapped !== undefined) return translated(wrapped, value, translate, where);
  if (!carries(schema) || typeof value !== 'object' || value === null) return value;
  if (item !== undefined) {
    const items = Array.isArray(value) ? (value as readonly unknown[]) : [];
    return settled(items.map((each, index) => translated(item, each, translate, `${where}.${index}`)));
  }
  const entries = options === undefined ? (schema as Shape).entries : chosen(schema as Shape, value);
  const fields = Object.entries(value).map(async ([name, field]: [string, unknown]) => {
    const inner = entries !== undefined && Object.hasOwn(entries, name) ? entries[name] : undefined;
    return [name, inner === undefined ? field : await translated(inner, field, translate, `${where}.${name}`)] as const;
  });
  return Object.fromEntries(await settled(fields));
}

/** All of them; when one fails, only after the others have ended too, so that no file is still on its way. */
async function settled<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** The fields of the option that the value's key names. */
function chosen({ options = [], key = '' }: Shape, value: object): Shape['entries'] {
  const found = (value as Readonly<Record<string, unknown>>)[key];
  const all = options.filter(isSchema).map((option) => (option as Shape).entries ?? {});
  return all.find((entries) => (entries[key] as Shape | undefined)?.literal === found);
}

const known = new WeakMap<Schema, boolean>();

/** Whether a file can be in it at all: lists of thousands of plain values need no walk. */
function carries(schema: Schema): boolean {
  const told = known.get(schema);
  if (told !== undefined) return told;
  const { wrapped, item, entries = {}, options = [] } = schema as Shape;
  const inner = [wrapped, item, ...Object.values(entries), ...options].filter(isSchema);
  const found = USES.has(schema) || inner.some(carries);
  known.set(schema, found);
  return found;
}

function isSchema(part: Schema | string | undefined): part is Schema {
  return typeof part === 'object';
}
