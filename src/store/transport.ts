/**
 * One request over HTTP, with the proxy that was chosen and an end to waiting. Node's own fetch knows no proxy in the versions that we support, and
 * does not show the headers of an answer that redirects; the hub says there what a file's content is.
 */
import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { isCancelled, messageOf, UserError } from '../domain/errors';
import { VERSION } from '../domain/version';
import type { HubAccess } from './hub-access';

/** The network or the server failed in a way that may pass. */
export class Transient extends Error {
  override readonly name = 'Transient';
  /** Seconds after which the server wants to be asked again. */
  readonly after: number | undefined;

  constructor(message: string, after?: number, options?: ErrorOptions) {
    super(message, options);
    this.after = after;
  }
}

export interface Answer {
  /** Of the last hop. */
  readonly url: URL;
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Of the endpoint itself, before it sent us elsewhere. */
  readonly first: http.IncomingHttpHeaders;
  readonly body: http.IncomingMessage;
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Milliseconds without a byte after which the line counts as dead. */
  readonly silentMs: number;
}

const MOST_HOPS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Follows redirects. The token goes to the endpoint's own origin alone, and nothing goes from an encrypted line to an open one. Throws Transient
 * for what may pass (broken lines, silence, 408, 429, 5xx), UserError otherwise; any other status is the caller's.
 */
export async function send(access: HubAccess, url: URL, options: SendOptions): Promise<Answer> {
  let at = url;
  let first: http.IncomingHttpHeaders | undefined;
  for (let hops = 0; hops <= MOST_HOPS; hops++) {
    const body = await hop(access, at, options);
    const status = body.statusCode ?? 0;
    first ??= body.headers;
    const { location } = body.headers;
    if (!REDIRECTS.has(status) || location === undefined) {
      if (status === 408 || status === 429 || status >= 500) throw busy(body, status);
      return { url: at, status, headers: body.headers, first, body };
    }
    body.resume();
    at = next(at, location);
  }
  throw new UserError('io', `${url.origin} sends from one address to the next without end.`);
}

function next(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href)) throw new UserError('io', `${from.origin} sends to an address that is none.`);
  const to = new URL(location, from.href);
  const same = to.protocol === from.protocol;
  if (/^https?:$/.test(to.protocol) && (same || to.protocol === 'https:')) return to;
  throw new UserError(
    'io',
    `${from.origin} sends to ${to.origin}, which is not encrypted; nothing is fetched from there.`,
  );
}

function busy(body: http.IncomingMessage, status: number): Transient {
  body.destroy();
  const after = secondsOf(body.headers['retry-after']);
  const what = status === 429 ? 'wants fewer requests' : 'has trouble';
  return new Transient(`the server ${what} (HTTP ${status})`, after);
}

/** Seconds, or a date. */
function secondsOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(header.trim()) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}

function hop(access: HubAccess, url: URL, { headers, signal, silentMs }: SendOptions): Promise<http.IncomingMessage> {
  const own = url.origin === new URL(access.endpoint).origin;
  const authorization = own && access.token !== undefined ? { authorization: `Bearer ${access.token}` } : {};
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? https : http).get(
      url,
      {
        agent: agentFor(access, url),
        headers: { 'user-agent': `fourstep/${VERSION}`, ...headers, ...authorization },
        ...(signal === undefined ? {} : { signal }),
      },
      (answer) => {
        // Whoever reads it hears of it; before that nobody listens.
        answer.on('error', () => undefined);
        resolve(answer);
      },
    );
    request.setTimeout(silentMs, () => request.destroy(new Error(`no answer for ${Math.round(silentMs / 1000)} s`)));
    request.on('error', (error) => {
      reject(signal?.aborted === true ? error : broken(error, url));
    });
  });
}

const agents = new Map<string, http.Agent>();

/** One for each way, so that connections are used again. */
function agentFor({ proxyFor, strict }: HubAccess, url: URL): http.Agent {
  const proxy = proxyFor(url);
  const secure = url.protocol === 'https:';
  const key = JSON.stringify([secure, strict, proxy]);
  const known = agents.get(key);
  if (known !== undefined) return known;
  const options = { keepAlive: true, rejectUnauthorized: strict };
  const headers = proxy?.authorization === undefined ? {} : { 'Proxy-Authorization': proxy.authorization };
  const agent =
    proxy === undefined
      ? new (secure ? https : http).Agent(options)
      : secure
        ? new HttpsProxyAgent(proxy.url, { ...options, headers })
        : new HttpProxyAgent(proxy.url, { keepAlive: true, headers });
  agents.set(key, agent);
  return agent;
}

/** A name that does not exist, or a certificate that nobody vouches for, does not get better by waiting. */
const LASTING: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host. Are you offline, or is a proxy needed (HTTPS_PROXY, http.proxy)?',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'nobody vouches for its certificate (NODE_EXTRA_CA_CERTS names one more authority)',
  SELF_SIGNED_CERT_IN_CHAIN: 'nobody vouches for its certificate (NODE_EXTRA_CA_CERTS names one more authority)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'nobody vouches for its certificate (NODE_EXTRA_CA_CERTS names one more authority)',
};

function broken(error: Error, url: URL): Error {
  const code = 'code' in error ? String(error.code) : '';
  const lasting = LASTING[code];
  if (lasting !== undefined) return new UserError('io', `${url.host} cannot be reached: ${lasting}.`, { cause: error });
  const message = error.message === '' ? code : messageOf(error);
  return new Transient(`the connection to ${url.host} broke (${message})`, undefined, { cause: error });
}

/** A line that breaks in the middle may be taken up again: then Transient. */
export async function* reading({ body, url }: Answer): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) yield chunk as Buffer;
  } catch (error) {
    if (isCancelled(error)) throw error;
    throw new Transient(`the connection to ${url.host} broke`, undefined, { cause: error });
  }
}

/** What the hub's library calls instead of Node's own fetch. */
export function fetchThrough(access: HubAccess, { silentMs, signal }: SendOptions): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = Object.fromEntries(new Headers(init?.headers));
    // The transport adds it where it may go; the library would send it wherever a page of results leads.
    delete headers['authorization'];
    const {
      status,
      headers: answered,
      body,
    } = await send(access, url, {
      headers,
      silentMs,
      ...(signal === undefined ? {} : { signal }),
    });
    const plain = new Headers();
    for (const [name, value] of Object.entries(answered)) if (typeof value === 'string') plain.set(name, value);
    return new Response(Readable.toWeb(body) as ReadableStream<Uint8Array>, { status, headers: plain });
  };
}
