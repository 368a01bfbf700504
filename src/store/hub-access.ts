/** How the hub is reached: what the user has set comes first, then what the environment says, as the hub's own tools read it. */
import path from 'node:path';
import { HUB_URL } from '@huggingface/hub';
import type { GivenAccess } from '../contract/store-api';
import { UserError } from '../domain/errors';
import { hubHome } from '../catalog/model-places';
import { textIfThere } from '../files/regular-file';

export interface Proxy {
  readonly url: string;
  readonly authorization?: string;
}

export interface HubAccess {
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly token?: string;
  /** False: certificates are not checked. */
  readonly strict: boolean;
  readonly proxyFor: (url: URL) => Proxy | undefined;
}

/** Throws `bad-request` when nothing may be fetched, and for an endpoint or a token that cannot be used. */
export async function hubAccess(env: NodeJS.ProcessEnv, given: GivenAccess): Promise<HubAccess> {
  refuseOffline(env, given.offline);
  const endpoint = endpointOf(nonEmpty(given.endpoint) ?? nonEmpty(env['HF_ENDPOINT']) ?? HUB_URL);
  const token = nonEmpty(given.token) ?? (await tokenOf(env));
  if (token !== undefined) checkToken(token, endpoint);
  const { proxy } = given;
  return {
    endpoint: endpoint.href.endsWith('/') ? endpoint.href.slice(0, -1) : endpoint.href,
    ...(token === undefined ? {} : { token }),
    strict: proxy?.strict ?? true,
    proxyFor: proxy === undefined || proxy.url === '' ? environmentProxy(env) : chosenProxy(proxy),
  };
}

function refuseOffline(env: NodeJS.ProcessEnv, offline: boolean): void {
  const variable = ['FOURSTEP_OFFLINE', 'HF_HUB_OFFLINE'].find((name) => isOn(env[name]));
  if (!offline && variable === undefined) return;
  const by = variable === undefined ? 'the setting fourstep.models.offline' : `the environment variable ${variable}`;
  throw new UserError(
    'bad-request',
    `Nothing is fetched, because ${by} forbids it. What is installed, imported or in the hub's own cache can be used.`,
  );
}

/** As huggingface_hub/constants.py reads switches. */
function isOn(value = ''): boolean {
  return ['1', 'on', 'yes', 'true'].includes(value.trim().toLowerCase());
}

function endpointOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '') return url;
  throw new UserError(
    'bad-request',
    `The address of the hub (HF_ENDPOINT or fourstep.models.endpoint) cannot be used; expected something like ${HUB_URL}.`,
  );
}

/** HF_TOKEN, its older name, or the file in which the hub's own tools keep it. */
async function tokenOf(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const named = nonEmpty(env['HF_TOKEN']) ?? nonEmpty(env['HUGGING_FACE_HUB_TOKEN']);
  if (named !== undefined) return named;
  const file = nonEmpty(env['HF_TOKEN_PATH']) ?? path.join(hubHome(env), 'token');
  return nonEmpty(await textIfThere(file, { most: 10_000 }));
}

/** A token in clear text on the network would be anybody's. The message does not repeat it. */
function checkToken(token: string, endpoint: URL): void {
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new UserError('bad-request', 'The access token has characters that no token has. Set it again.');
  }
  if (endpoint.protocol === 'https:' || isLoopback(endpoint.hostname)) return;
  throw new UserError(
    'bad-request',
    `The access token is not sent to ${endpoint.origin}, because it would go over the network unencrypted. Use an https address, or unset the token.`,
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function nonEmpty(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text === undefined || text === '' ? undefined : text;
}

type ProxyChoice = HubAccess['proxyFor'];

function chosenProxy({ url, bypass = '', authorization }: NonNullable<GivenAccess['proxy']>): ProxyChoice {
  const proxy = { url: proxyUrl(url), ...(authorization === undefined ? {} : { authorization }) };
  return (target) => (isBypassed(target, bypass) ? undefined : proxy);
}

/** Lower-case names win, as everywhere. */
function environmentProxy(env: NodeJS.ProcessEnv): ProxyChoice {
  const read = (name: string): string | undefined => nonEmpty(env[name]) ?? nonEmpty(env[name.toUpperCase()]);
  return (target) => {
    const url = read(target.protocol === 'https:' ? 'https_proxy' : 'http_proxy') ?? read('all_proxy');
    if (url === undefined || isBypassed(target, read('no_proxy') ?? '')) return undefined;
    return { url: proxyUrl(url) };
  };
}

/** A password in it must not get into a message. */
function proxyUrl(text: string): string {
  const full = text.includes('://') ? text : `http://${text}`;
  if (URL.canParse(full) && /^https?:$/.test(new URL(full).protocol)) return full;
  throw new UserError(
    'bad-request',
    'The proxy cannot be used; expected an address such as http://proxy.example:8080.',
  );
}

/** NO_PROXY: hosts separated by commas or blanks, each with all below it; "*" is every host, ":port" restricts one. */
export function isBypassed({ hostname, port, protocol }: URL, bypass: string): boolean {
  const target = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  return bypass
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      const [, name = '', at] = /^(?:\*?\.)?(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
      if (at !== undefined && at !== target) return false;
      return entry === '*' || (name !== '' && (hostname === name || hostname.endsWith(`.${name}`)));
    });
}
