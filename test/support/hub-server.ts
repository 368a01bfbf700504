/**
 * A hub on the loopback interface, on two ports: one answers what the real hub's interface does (what a model is, its files, where their contents are),
 * the other has the contents of large files. It misbehaves on command.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

/** What goes wrong with one request. */
export type Fault =
  | { readonly kind: 'drop'; readonly after: number }
  | { readonly kind: 'stall'; readonly after: number }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number }
  | { readonly kind: 'damage'; readonly at: number }
  | { readonly kind: 'whole' }
  | { readonly kind: 'too-long' }
  | { readonly kind: 'reset' };

export interface Request {
  readonly host: 'hub' | 'contents';
  readonly path: string;
  readonly range?: string;
  readonly authorization?: string;
}

export interface HubRepo {
  readonly files: Readonly<Record<string, Buffer>>;
  readonly commit?: string;
  readonly license?: string;
  readonly gated?: boolean;
  /** What the list of files says instead of the true size. */
  readonly claimed?: Readonly<Record<string, number>>;
}

interface Noted extends Request {
  readonly fault?: Fault;
}

interface Named {
  /** `org/name` */
  readonly info: string;
  readonly repo: HubRepo;
  /** Of the file. */
  readonly name: string;
}

interface Sent {
  readonly content: Buffer;
  readonly headers: http.OutgoingHttpHeaders;
}

const LARGE = 2000;
const COMMIT = '1234567890abcdef1234567890abcdef12345678';

export function gitId(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}
export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The files of a folder, as a repository has them. */
export function filesOf(folder: string): Record<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      return [path.relative(folder, file).split(path.sep).join('/'), readFileSync(file)];
    }),
  );
}

export class HubServer {
  readonly requests: Request[] = [];
  readonly #repos = new Map<string, HubRepo>();
  readonly #hub = http.createServer((request, response) => {
    this.#answer(request, response);
  });
  readonly #contents = http.createServer((request, response) => {
    this.#content(request, response);
  });
  /** Asked before each request; undefined = nothing goes wrong. */
  fault: (request: Request) => Fault | undefined = () => undefined;
  /** After this many bytes a second the line is held up; Infinity = not at all. */
  bytesPerTick = Infinity;
  sentBytes = 0;

  static async start(): Promise<HubServer> {
    const server = new HubServer();
    for (const one of [server.#hub, server.#contents]) {
      await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
    }
    return server;
  }

  get endpoint(): string {
    return address(this.#hub);
  }

  put(name: string, repo: HubRepo): void {
    this.#repos.set(name, repo);
  }

  async stop(): Promise<void> {
    for (const one of [this.#hub, this.#contents]) {
      one.closeAllConnections();
      await new Promise((resolve) => one.close(resolve));
    }
  }

  #note(host: Request['host'], request: http.IncomingMessage): Noted {
    const { range, authorization } = request.headers;
    const noted = {
      host,
      path: request.url ?? '',
      ...(range === undefined ? {} : { range }),
      ...(authorization === undefined ? {} : { authorization }),
    };
    this.requests.push(noted);
    const fault = this.fault(noted);
    return fault === undefined ? noted : { ...noted, fault };
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const noted = this.#note('hub', request);
    const { fault } = noted;
    const url = new URL(noted.path, this.endpoint);
    if (refuse(fault, request, response)) return;
    if (url.pathname === '/api/models') {
      json(response, this.#found(url.searchParams.get('search') ?? ''), fault);
      return;
    }
    const [, api, info = '', question, at = ''] =
      /^\/(api\/models\/)?([\w.-]+\/[\w.-]+)\/(revision|tree|resolve)\/(.*)$/.exec(url.pathname) ?? [];
    const repo = this.#repos.get(info);
    const [asked = '', ...rest] = decodeURIComponent(at).split('/');
    if (repo === undefined) status(response, 401, { 'x-error-code': 'RepoNotFound' });
    else if (!['HEAD', 'main', repo.commit ?? COMMIT].includes(asked))
      status(response, 404, { 'x-error-code': 'RevisionNotFound' });
    else if (api === undefined) this.#resolve({ info, repo, name: rest.join('/') }, noted, response);
    else json(response, question === 'revision' ? about(info, repo, repo.commit ?? COMMIT) : treeOf(repo), fault);
  }

  /** Small contents come from the hub itself, large ones from the other host. */
  #resolve({ info, repo, name }: Named, noted: Noted, response: http.ServerResponse): void {
    const content = repo.files[name];
    const commit = { 'x-repo-commit': repo.commit ?? COMMIT };
    if (content === undefined) status(response, 404, { 'x-error-code': 'EntryNotFound' });
    else if (repo.gated === true && noted.authorization === undefined) status(response, 403);
    else if (content.length <= LARGE)
      this.#send({ content, headers: { ...commit, etag: `"${gitId(content)}"` } }, noted, response);
    else {
      const location = `${address(this.#contents)}/${info}/${name}?signature=1`;
      response.writeHead(302, { ...commit, location, 'x-linked-etag': `"${sha256(content)}"` }).end();
    }
  }

  #content(request: http.IncomingMessage, response: http.ServerResponse): void {
    const noted = this.#note('contents', request);
    if (refuse(noted.fault, request, response)) return;
    const [org, name, ...rest] = new URL(noted.path, this.endpoint).pathname.slice(1).split('/');
    const content = this.#repos.get(`${org}/${name}`)?.files[rest.join('/')];
    if (content === undefined) status(response, 404);
    else this.#send({ content, headers: { etag: '"another-kind-of-tag"' } }, noted, response);
  }

  #send({ content, headers }: Sent, { range, fault }: Noted, response: http.ServerResponse): void {
    const partial = range !== undefined && fault?.kind !== 'whole';
    const from = partial ? Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0) : 0;
    if (partial && from >= content.length) {
      status(response, 416);
      return;
    }
    const part = spoiled(content.subarray(from), fault);
    const place = { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
    response.writeHead(partial ? 206 : 200, { ...headers, 'content-length': part.length, ...(partial ? place : {}) });
    void this.#stream(part, response, fault);
  }

  async #stream(part: Buffer, response: http.ServerResponse, fault?: Fault): Promise<void> {
    const breaks = fault?.kind === 'drop' || fault?.kind === 'stall';
    const limit = breaks ? Math.min(fault.after % (part.length + 1), part.length - 1) : part.length;
    for (let done = 0; done < limit;) {
      const next = part.subarray(done, Math.min(limit, done + Math.min(this.bytesPerTick, 1 << 16)));
      response.write(next);
      this.sentBytes += next.length;
      done += next.length;
      if (this.bytesPerTick !== Infinity) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (fault?.kind === 'stall') return;
    if (fault?.kind === 'drop') setTimeout(() => response.destroy(), 2);
    else response.end();
  }

  #found(query: string): object[] {
    return [...this.#repos].filter(([name]) => name.includes(query)).map(([name, repo]) => about(name, repo, COMMIT));
  }
}

function spoiled(content: Buffer, fault: Fault | undefined): Buffer {
  if (fault?.kind === 'too-long') return Buffer.concat([content, Buffer.from('and more')]);
  if (fault?.kind !== 'damage') return content;
  const part = Buffer.from(content);
  const at = fault.at % Math.max(1, part.length);
  part[at] = (part[at] ?? 0) ^ 0xff;
  return part;
}

function address(server: http.Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** True when nothing else is answered. */
function refuse(fault: Fault | undefined, request: http.IncomingMessage, response: http.ServerResponse): boolean {
  if (fault?.kind === 'reset') request.socket.destroy();
  else if (fault?.kind === 'status') {
    status(response, fault.status, fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) });
  } else return false;
  return true;
}

function status(response: http.ServerResponse, code: number, headers: http.OutgoingHttpHeaders = {}): void {
  response.writeHead(code, { 'content-type': 'text/plain', ...headers }).end('no');
}

function json(response: http.ServerResponse, value: unknown, fault?: Fault): void {
  const text = Buffer.from(JSON.stringify(value));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
  if (fault?.kind === 'stall') return;
  if (fault?.kind !== 'drop') response.end(text);
  else {
    response.write(text.subarray(0, fault.after % text.length));
    setTimeout(() => response.destroy(), 2);
  }
}

function about(name: string, { license = 'mit', gated = false }: HubRepo, sha: string): object {
  return {
    _id: '1',
    id: name,
    sha,
    private: false,
    gated: gated ? 'manual' : false,
    downloads: 12,
    likes: 3,
    lastModified: '2026-01-01T00:00:00.000Z',
    cardData: { license },
    tags: [`license:${license}`],
  };
}

function treeOf({ files, claimed = {} }: HubRepo): object[] {
  return Object.entries(files).map(([name, content]) => ({
    type: 'file',
    path: name,
    size: claimed[name] ?? content.length,
    oid: gitId(content),
    ...(content.length > LARGE
      ? { lfs: { oid: sha256(content), size: claimed[name] ?? content.length, pointerSize: 130 } }
      : {}),
  }));
}
