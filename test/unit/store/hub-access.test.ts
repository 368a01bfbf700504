/** How the hub is reached: which address, which token, which proxy; and when it is not reached at all. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { hubAccess, isBypassed } from '../../../src/store/hub-access';
import { send } from '../../../src/store/transport';

const ON = { offline: false };
const at = (url: string): URL => new URL(url);
const home = mkdtempSync(path.join(tmpdir(), 'hf-'));
const env = { HF_HOME: home };

describe('the address', () => {
  it('is what the user set, then HF_ENDPOINT', async () => {
    const mirror = { ...env, HF_ENDPOINT: 'https://mirror.example/' };
    expect((await hubAccess(mirror, ON)).endpoint).toBe('https://mirror.example');
    expect((await hubAccess(mirror, { ...ON, endpoint: 'https://own.example/hub' })).endpoint).toBe(
      'https://own.example/hub',
    );
  });

  it.each(['ftp://a.example', 'hub', 'https://user@a.example'])('cannot be %s', async (endpoint) => {
    await expect(hubAccess(env, { ...ON, endpoint })).rejects.toThrow(/HF_ENDPOINT/);
  });
});

describe('the token', () => {
  it('is what the editor keeps, then HF_TOKEN, then the file of the hub’s own tools', async () => {
    writeFileSync(path.join(home, 'token'), 'hf_file\n');
    expect((await hubAccess(env, ON)).token).toBe('hf_file');
    expect((await hubAccess({ ...env, HF_TOKEN: 'hf_env' }, ON)).token).toBe('hf_env');
    expect((await hubAccess({ ...env, HF_TOKEN: 'hf_env' }, { ...ON, token: 'hf_own' })).token).toBe('hf_own');
  });

  it('is not sent over an open line, except on this machine; no message repeats it', async () => {
    const open = hubAccess(env, { ...ON, endpoint: 'http://mirror.example', token: 'hf_secret' });
    await expect(open).rejects.toThrow(/unencrypted/);
    await expect(open).rejects.not.toThrow(/hf_secret/);
    await expect(hubAccess(env, { ...ON, token: 'hf secret\r\nx: y' })).rejects.not.toThrow(/x: y/);
    expect((await hubAccess(env, { ...ON, endpoint: 'http://127.0.0.1:1', token: 'hf_a' })).token).toBe('hf_a');
  });
});

describe('the proxy', () => {
  it('comes from the environment, with the hosts that need none', async () => {
    const proxied = { ...env, HTTPS_PROXY: 'proxy.example:3128', NO_PROXY: '.inner.example, other.example:8443' };
    const { proxyFor } = await hubAccess(proxied, ON);
    expect(proxyFor(at('https://hub.example/'))).toEqual({ url: 'http://proxy.example:3128' });
    expect(proxyFor(at('http://hub.example/'))).toBeUndefined();
    expect(proxyFor(at('https://a.inner.example/'))).toBeUndefined();
  });

  it.each([
    ['https://a.example', 'a.example', true],
    ['https://b.a.example', 'a.example', true],
    ['https://ba.example', 'a.example', false],
    ['https://a.example', '*', true],
    ['https://a.example', '*.example', true],
    ['https://a.example', 'a.example:80', false],
    ['http://a.example:81', 'x a.example:81', true],
    ['https://a.example', '', false],
  ])('is left out for %s by "%s": %s', (url, bypass, expected) => {
    expect(isBypassed(at(url), bypass)).toBe(expected);
  });

  it('of VS Code is used, with its authorization', async () => {
    const asked: { url: string | undefined; authorization: string | undefined }[] = [];
    const proxy = http.createServer((request, response) => {
      asked.push({ url: request.url, authorization: request.headers['proxy-authorization'] });
      response.end('through the proxy');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const given = { ...ON, endpoint: 'http://hub.test', proxy: { url, strict: true, authorization: 'Basic abc' } };
      const access = await hubAccess({ HF_HOME: path.join(home, 'none') }, given);
      const answer = await send(access, at('http://hub.test/api'), { silentMs: 2000 });
      answer.body.destroy();
      expect(answer.status).toBe(200);
      expect(asked).toEqual([{ url: 'http://hub.test/api', authorization: 'Basic abc' }]);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});

it.each(['HF_HUB_OFFLINE', 'FOURSTEP_OFFLINE'])('nothing is fetched with %s, or with the setting', async (name) => {
  await expect(hubAccess({ ...env, [name]: '1' }, ON)).rejects.toThrow(name);
  await expect(hubAccess(env, { offline: true })).rejects.toThrow('fourstep.models.offline');
});
