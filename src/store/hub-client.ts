/** The hub's own interface, through its library: what a model is, which files it has, and what is found. Everything it says is checked. */
import { HubApiError, listFiles, listModels, modelInfo } from '@huggingface/hub';
import * as v from 'valibot';
import type { FoundModel, SearchResult } from '../contract/store-api';
import { isCancelled, messageOf, UserError } from '../domain/errors';
import { problemOf } from '../contract/schema';
import { printable } from '../domain/printable';
import type { HubAccess } from './hub-access';
import { withRetries, type RetryOptions } from './retry';
import { fetchThrough, reading, send, Transient } from './transport';
import { ContentHash, isContent } from './digests';
import { LIMITS } from '../files/regular-file';

export interface HubFile {
  /** Relative, with forward slashes, and safe on every platform. */
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of a large file; git's id of a small one (SHA-1 over "blob <bytes>\0" and the content). */
  readonly digest: string;
}

export interface HubModel {
  readonly repo: string;
  /** The commit that the branch or tag means now. */
  readonly revision: string;
  readonly gated: boolean;
  readonly license?: string;
  readonly files: readonly HubFile[];
}

const MOST_FILES = 10_000;
const commit = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/, 'expected a commit'));
const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** No absolute path, no "..", nothing that a file system takes for something else. */
const safePath = v.pipe(
  v.string(),
  v.maxLength(500),
  v.regex(/^(?![/\\])[^\\:*?"<>|\p{Cc}]+$/u, 'expected a relative path'),
  v.check(
    (text) => text.split('/').every((part) => part !== '' && !/^\.{1,2}$|[. ]$/.test(part)),
    'expected a relative path',
  ),
);

const listed = v.object({
  type: v.string(),
  path: v.string(),
  size: bytes,
  oid: v.optional(commit),
  lfs: v.optional(v.object({ oid: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)), size: bytes })),
});

const tagged = v.object({ tags: v.optional(v.array(v.string())) });

const info = v.object({
  sha: commit,
  gated: v.optional(v.union([v.boolean(), v.string()])),
  cardData: v.nullish(
    v.object({
      license: v.optional(v.union([v.string(), v.array(v.string())])),
      license_name: v.optional(v.nullable(v.string())),
    }),
  ),
  tags: v.optional(v.array(v.string())),
});

export class HubClient {
  constructor(
    readonly access: HubAccess,
    private readonly options: RetryOptions,
  ) {}

  /** What the repository is at a revision; both questions are asked about the same commit. */
  async model(repo: string, revision = 'main'): Promise<HubModel> {
    const found = await this.#ask(`What ${repo} is`, { repo, revision }, () =>
      modelInfo({ name: repo, revision, additionalFields: ['sha', 'cardData', 'tags'], ...this.#params() }),
    );
    const { sha, gated, ...about } = checked(info, found, repo);
    const files = await this.#ask(`The list of files of ${repo}`, { repo, revision: sha }, () =>
      this.#files(repo, sha),
    );
    const license = licenseOf(about);
    return {
      repo,
      revision: sha,
      gated: gated !== undefined && gated !== false,
      ...(license === undefined ? {} : { license }),
      files,
    };
  }

  /** A small file's content, which is what the hub says it is. Throws `io` otherwise. */
  async text(repo: string, revision: string, file: HubFile): Promise<string> {
    if (file.bytes > LIMITS.config)
      throw new UserError(
        'unsupported',
        `${file.path} of ${repo} has ${file.bytes} bytes; a file of its kind has at most ${LIMITS.config}.`,
      );
    return withRetries(`${repo}/${file.path}`, this.options, async () => {
      const { patience, signal } = this.options;
      const url = new URL(
        `${this.access.endpoint}/${repo}/resolve/${revision}/${file.path.split('/').map(encodeURIComponent).join('/')}`,
      );
      const answer = await send(this.access, url, {
        silentMs: patience.silentMs,
        ...(signal === undefined ? {} : { signal }),
      });
      const hash = new ContentHash(file.bytes);
      const chunks: Buffer[] = [];
      try {
        if (answer.status !== 200) throw refused(answer.status, this.access, { repo, revision });
        for await (const chunk of reading(answer)) {
          hash.update(chunk);
          chunks.push(chunk);
        }
      } finally {
        answer.body.destroy();
      }
      if (!isContent(hash.digests(), file.digest)) throw new Transient(`${file.path} arrived damaged`);
      return Buffer.concat(chunks).toString('utf8');
    });
  }

  async search(query: string, most: number): Promise<SearchResult> {
    const found = await this.#ask('What was searched for', {}, async () => {
      const models: FoundModel[] = [];
      const asked = listModels({
        search: { query, tags: ['safetensors'], task: 'text-to-image' },
        sort: 'downloads',
        limit: most,
        additionalFields: ['tags'],
        ...this.#params(),
      });
      for await (const { name, downloads, likes, gated, ...about } of asked) {
        const license = licenseOf(checked(tagged, about, 'what was searched for'));
        models.push({
          name: printable(name),
          downloads,
          likes,
          gated: Boolean(gated),
          ...(license === undefined ? {} : { license }),
        });
      }
      return models;
    });
    return { endpoint: this.access.endpoint, found };
  }

  async #files(repo: string, revision: string): Promise<HubFile[]> {
    const files: HubFile[] = [];
    for await (const entry of listFiles({ repo, revision, recursive: true, ...this.#params() })) {
      const file = fileOf(checked(listed, entry, repo));
      if (file !== undefined) files.push(file);
      if (files.length > MOST_FILES) throw new UserError('unsupported', `${repo} has more than ${MOST_FILES} files.`);
    }
    return files;
  }

  #params(): { readonly hubUrl: string; readonly fetch: typeof fetch } {
    const { patience, signal } = this.options;
    const send = { silentMs: patience.silentMs, ...(signal === undefined ? {} : { signal }) };
    return { hubUrl: this.access.endpoint, fetch: fetchThrough(this.access, send) };
  }

  async #ask<T>(what: string, about: Partial<Wanted>, work: () => Promise<T>): Promise<T> {
    return withRetries(what, this.options, async () => {
      try {
        return await work();
      } catch (error) {
        throw translated(error, this.access, about);
      }
    });
  }
}

/** A path that cannot be kept here is no file that is needed; should a needed one be missing, that is said by name. */
function fileOf({ type, path, size, oid, lfs }: v.InferOutput<typeof listed>): HubFile | undefined {
  const digest = lfs?.oid ?? oid;
  if (type !== 'file' || digest === undefined || !v.is(safePath, path)) return undefined;
  return { path, bytes: lfs?.size ?? size, digest };
}

type About = Partial<Pick<v.InferOutput<typeof info>, 'cardData' | 'tags'>>;

/** "other" hides the name that the authors gave it. */
function licenseOf({ cardData, tags = [] }: About): string | undefined {
  const { license, license_name: own } = cardData ?? {};
  const [plain] = Array.isArray(license) ? license : [license];
  const byTag = tags.find((tag) => tag.startsWith('license:'))?.slice('license:'.length);
  const named = plain === 'other' && own !== undefined && own !== null ? own : (plain ?? byTag);
  return named === undefined ? undefined : printable(named).slice(0, 100);
}

function checked<S extends v.GenericSchema>(schema: S, value: unknown, repo: string): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  throw new UserError(
    'io',
    `The hub's answer about ${repo} is not understood: ${problemOf(parsed.issues, 'the answer')}.`,
  );
}

interface Wanted {
  readonly repo: string;
  readonly revision: string;
}

/** What the library, and the stream that it reads from, throw. */
function translated(error: unknown, access: HubAccess, about: Partial<Wanted>): unknown {
  if (error instanceof UserError || error instanceof Transient || isCancelled(error)) return error;
  if (error instanceof HubApiError) return refused(error.statusCode, access, about);
  // An answer that broke off in the middle is no JSON.
  if (
    error instanceof SyntaxError ||
    (error instanceof Error && /aborted|terminated|ECONNRESET|socket/i.test(`${error.message} ${String(error.cause)}`))
  )
    return new Transient(`the answer broke off (${messageOf(error)})`, undefined, { cause: error });
  return error;
}

/** What a status says about a repository. The hub answers 401 for what does not exist, too, to whoever is not known to it. */
export function refused(
  status: number,
  { endpoint, token }: HubAccess,
  { repo = 'this', revision = 'main' }: Partial<Wanted>,
): UserError {
  const known = token !== undefined;
  const page = `${endpoint}/${repo}`;
  if (status === 404) {
    const at = revision === 'main' ? '' : ` at the revision ${revision}`;
    return new UserError('not-found', `There is no ${repo}${at} at ${endpoint}. Check the name; searching helps.`);
  }
  if (status === 401) {
    const what = known
      ? `${endpoint} does not accept the access token. Make a new one`
      : `${endpoint} shows ${repo} only to those it knows, or there is no such model. Check the name, or set an access token (HF_TOKEN)`;
    return new UserError('bad-request', `${what}.`);
  }
  if (status === 403) {
    const how = known ? 'with the account of your access token' : 'and set an access token (HF_TOKEN)';
    return new UserError(
      'bad-request',
      `${repo} is given only to those who have accepted its licence. Do that on ${page} ${how}, then try again.`,
    );
  }
  return new UserError('io', `${endpoint} refuses ${repo} (HTTP ${status}).`);
}
