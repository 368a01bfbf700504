/** Installing from a hub that answers as the real one does, and misbehaves on command; real sockets, real files. */
import { execFile } from 'node:child_process';
import { buildSync } from 'esbuild';
import { NODE_BUNDLE } from '../../../scripts/lib/node-bundle.mjs';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveNamed } from '../../../src/catalog/named-models';
import { readRecord } from '../../../src/catalog/store-record';
import { removeModel, storeContents } from '../../../src/store/contents';
import type { Progress } from '../../../src/store/install';
import { HubServer, type Fault } from '../../support/hub-server';
import { bench, IMPATIENT, install, NEEDED, noise, pipelineFiles, type Bench } from '../../support/hub-models';
import { seededRandom } from '../../support/random';

const NAME = 'somebody/a-model';
let hub: HubServer;
let at: Bench;
beforeEach(async () => {
  hub = await HubServer.start();
  hub.put(NAME, { files: pipelineFiles(), license: 'creativeml-openrail-m' });
  at = bench();
});
afterEach(async () => {
  await hub.stop();
  rmSync(at.folder, { recursive: true });
});

const home = (): string => path.join(at.store, 'somebody--a-model');
const places = (): { store: string; hubCaches: string[] } => ({ store: at.store, hubCaches: [at.hubCache] });
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name)))
    .sort();

/** Complete and verified, or nothing under its name. */
function expectWhole(files = pipelineFiles()): void {
  expect(filesIn(home())).toEqual(['fourstep-model.json', ...NEEDED].sort());
  for (const name of NEEDED) expect(readFileSync(path.join(home(), name)).equals(files[name]!)).toBe(true);
}

describe('an install', () => {
  it('fetches what is needed and nothing else, notes what it got, and finds it by its name', async () => {
    const told: Progress[] = [];
    const { model, found } = await install(at, hub.endpoint, NAME, { told });
    expectWhole();
    expect(found).toBeUndefined();
    expect(model).toMatchObject({
      name: NAME,
      kind: 'model',
      path: home(),
      own: true,
      license: 'creativeml-openrail-m',
    });
    const asked = hub.requests.filter(({ path: url }) => url.includes('/resolve/')).map(({ path: url }) => url);
    expect(asked.filter((url) => /\.bin|\.ckpt|fp16|non_ema|safety|README|v1-5/.test(url))).toEqual([]);
    const stored = await readRecord(at.store, NAME);
    expect(stored?.record.source).toMatchObject({ revision: expect.stringMatching(/^[0-9a-f]{40}$/), ref: 'main' });
    expect(await resolveNamed(NAME, places())).toMatchObject({ path: home() });
    expect(await resolveNamed(`${NAME}@1234567`, places())).toMatchObject({ path: home() });
    expect(await resolveNamed(`${NAME}@7654321`, places())).toBeUndefined();
    expect(told.at(-1)).toMatchObject({ phase: 'downloading' });
    expect(existsSync(path.join(at.store, '.partial', 'somebody--a-model'))).toBe(false);
  });

  it('takes half precision where asked and where there is some', async () => {
    await install(at, hub.endpoint, NAME, { precision: 'half' });
    expect(filesIn(path.join(home(), 'unet'))).toEqual(['config.json', 'diffusion_pytorch_model.fp16.safetensors']);
    expect(filesIn(path.join(home(), 'vae'))).toEqual(['config.json', 'diffusion_pytorch_model.safetensors']);
  });

  it('takes one file of a repository', async () => {
    const { model } = await install(at, hub.endpoint, `${NAME}/v1-5-pruned-emaonly.safetensors`);
    expect(model).toMatchObject({ kind: 'file' });
    expect(readFileSync(model.path).equals(pipelineFiles()['v1-5-pruned-emaonly.safetensors']!)).toBe(true);
  });

  it.each([
    [
      'a UNet',
      { 'config.json': { _class_name: 'UNet2DConditionModel' }, 'diffusion_pytorch_model.safetensors': 1 },
      'unet',
    ],
    [
      'a decoder',
      {
        'config.json': { _class_name: 'AutoencoderTiny' },
        'diffusion_pytorch_model.safetensors': 1,
        'taesd_decoder.safetensors': 1,
      },
      'decoder',
    ],
    ['a LoRA', { 'pytorch_lora_weights.safetensors': 1, 'other.safetensors': 1 }, 'lora'],
  ])('takes %s alone', async (_what, files, kind) => {
    const contents = Object.entries(files).map(([name, value]) => [
      name,
      value === 1 ? noise(3000, name) : Buffer.from(JSON.stringify(value)),
    ]);
    hub.put('somebody/part', { files: Object.fromEntries(contents) as Record<string, Buffer> });
    const { model } = await install(at, hub.endpoint, 'somebody/part');
    expect(model.kind).toBe(kind);
    expect(
      filesIn(path.join(at.store, 'somebody--part')).filter(
        (name) => name.startsWith('taesd') || name.startsWith('other'),
      ),
    ).toEqual([]);
  });

  it.each([
    [
      'only pickles',
      {
        'model_index.json': { unet: ['d', 'U'], vae: ['d', 'V'] },
        'unet/config.json': {},
        'unet/diffusion_pytorch_model.bin': {},
      },
      /pickle/,
    ],
    [
      'a transformer',
      { 'model_index.json': { _class_name: 'FluxPipeline', transformer: ['d', 'F'], vae: ['d', 'V'] } },
      /FluxPipeline.*transformer/,
    ],
    [
      'several files',
      { 'a.safetensors': {}, 'b.safetensors': {} },
      /does not say which.*somebody\/odd\/a\.safetensors/s,
    ],
    ['nothing', { 'README.md': {} }, /no weights/],
    [
      'a control net',
      { 'config.json': { _class_name: 'ControlNetModel' }, 'diffusion_pytorch_model.safetensors': {} },
      /ControlNetModel/,
    ],
  ])('refuses a repository with %s before fetching it', async (_what, files, message) => {
    hub.put('somebody/odd', {
      files: Object.fromEntries(
        Object.entries(files).map(([name, value]) => [name, Buffer.from(JSON.stringify(value))]),
      ),
    });
    await expect(install(at, hub.endpoint, 'somebody/odd')).rejects.toThrow(message);
    expect(existsSync(at.store) ? filesIn(at.store) : []).toEqual([]);
  });

  it('shows its token to the hub alone, never to the host of the contents', async () => {
    hub.put(NAME, { files: pipelineFiles(), gated: true });
    await install(at, hub.endpoint, NAME, { token: 'hf_secret', accepted: true });
    expect(hub.requests.filter(({ host }) => host === 'contents').length).toBeGreaterThan(3);
    expect(
      hub.requests.filter(({ host, authorization }) => host === 'contents' && authorization !== undefined),
    ).toEqual([]);
    expect(
      hub.requests.every(({ host, authorization }) => host === 'contents' || authorization === 'Bearer hf_secret'),
    ).toBe(true);
    for (const file of filesIn(at.store))
      expect(readFileSync(path.join(at.store, file)).includes('hf_secret')).toBe(false);
  });

  it('fetches nothing of a gated model before its licence is accepted, and says where the hub wants it', async () => {
    hub.put(NAME, { files: pipelineFiles(), gated: true, license: 'other' });
    await expect(install(at, hub.endpoint, NAME, { token: 'hf_secret' })).rejects.toThrow(
      /licence \(other\).*\/somebody\/a-model/,
    );
    await expect(install(at, hub.endpoint, NAME, { accepted: true })).rejects.toThrow(/accepted its licence|HF_TOKEN/);
    expect(existsSync(home())).toBe(false);
  });

  it('says that there is no such model, and no such revision', async () => {
    await expect(install(at, hub.endpoint, 'somebody/nothing')).rejects.toThrow(/no such model|Check the name/);
    await expect(install(at, hub.endpoint, `${NAME}@v9`)).rejects.toThrow(/no somebody\/a-model at the revision v9/);
    await expect(install(at, hub.endpoint, '../escape')).rejects.toThrow(/no name of a model/);
  });

  it('leaves out files whose names lead elsewhere', async () => {
    hub.put(NAME, {
      files: { ...pipelineFiles(), 'unet/../../../evil.json': noise(10, 'x'), '/etc/evil.json': noise(10, 'y') },
    });
    await install(at, hub.endpoint, NAME);
    expectWhole();
  });

  it('asks for no more than the disk has', async () => {
    hub.put(NAME, { files: pipelineFiles(), claimed: { 'unet/diffusion_pytorch_model.safetensors': 9e14 } });
    await expect(install(at, hub.endpoint, NAME)).rejects.toThrow(/needs 900000\d+ MB on the disk.*left/);
    expect(hub.requests.filter(({ host }) => host === 'contents')).toEqual([]);
  });

  it('is done at once when it is there, and takes the new version when there is one', async () => {
    await install(at, hub.endpoint, NAME);
    const before = hub.sentBytes;
    expect(await install(at, hub.endpoint, NAME)).toMatchObject({ found: 'store', fetchedBytes: 0 });
    expect(hub.sentBytes - before).toBeLessThan(5000);
    const changed = { ...pipelineFiles(), 'vae/diffusion_pytorch_model.safetensors': noise(10_000, 'new') };
    hub.put(NAME, { files: changed, commit: 'f'.repeat(40) });
    await install(at, hub.endpoint, NAME);
    expectWhole(changed);
  });
});

describe('after a break', () => {
  it('goes on where it stopped, with all bytes fetched once', async () => {
    hub.fault = ({ path: url, range }) =>
      url.includes('unet/') && url.includes('safetensors') && range === undefined
        ? { kind: 'drop', after: 20_000 }
        : undefined;
    await install(at, hub.endpoint, NAME);
    expectWhole();
    const ranges = hub.requests.filter(({ host, range }) => host === 'contents' && range !== undefined);
    expect(ranges.map(({ range }) => range)).toEqual(['bytes=20000-']);
  });

  it('takes up what an earlier run has left, also when the branch has moved on', async () => {
    hub.fault = ({ path: url, host }) =>
      host === 'contents' && url.includes('vae/') ? { kind: 'status', status: 503 } : undefined;
    await expect(install(at, hub.endpoint, NAME)).rejects.toThrow(/HTTP 503.*5 times in a row.*kept/s);
    expect(existsSync(home())).toBe(false);
    hub.fault = () => undefined;
    hub.put(NAME, { files: pipelineFiles(), commit: 'e'.repeat(40) });
    hub.requests.length = 0;
    await install(at, hub.endpoint, NAME);
    expectWhole();
    expect(hub.requests.filter(({ path: url, host }) => host === 'contents' && url.includes('unet/'))).toEqual([]);
  });

  it('keeps nothing of contents that are not what the hub says', async () => {
    hub.fault = ({ host }) => (host === 'contents' ? { kind: 'damage', at: 17 } : undefined);
    await expect(install(at, hub.endpoint, NAME)).rejects.toThrow(
      /not what the hub says it is.*Nothing of it is kept/s,
    );
    expect(existsSync(home())).toBe(false);
  });

  it('says so when the hub has replaced the revision in between', async () => {
    const { endpoint } = hub;
    hub.fault = ({ host, path: url }) => {
      if (host === 'hub' && url.includes('/tree/'))
        setImmediate(() => {
          hub.put(NAME, { files: { ...pipelineFiles('b') } });
        });
      return undefined;
    };
    await expect(install(at, endpoint, NAME)).rejects.toThrow(/has been changed at the hub|damaged/);
    expect(existsSync(home())).toBe(false);
  });

  it('waits as long as the server asks, tells so, and gives up when that is hours', async () => {
    const told: Progress[] = [];
    let first = true;
    hub.fault = ({ host }) => {
      if (host !== 'contents' || !first) return undefined;
      first = false;
      return { kind: 'status', status: 429, retryAfter: 1 };
    };
    await install(at, hub.endpoint, NAME, { told });
    expect(told.find(({ phase }) => phase === 'waiting')).toMatchObject({
      wait: 1,
      reason: expect.stringMatching(/429/),
    });
    hub.put('somebody/other', { files: pipelineFiles('c') });
    hub.fault = ({ host }) => (host === 'contents' ? { kind: 'status', status: 429, retryAfter: 7200 } : undefined);
    await expect(install(at, hub.endpoint, 'somebody/other')).rejects.toThrow(/wait 7200 s/);
  });

  it('stops when asked to, and goes on later', async () => {
    hub.bytesPerTick = 500;
    const stop = new AbortController();
    const onProgress = ({ phase, done }: Progress): void => {
      if (phase === 'downloading' && done > 20_000) stop.abort();
    };
    await expect(install(at, hub.endpoint, NAME, { signal: stop.signal, onProgress })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(existsSync(home())).toBe(false);
    expect((await storeContents({ models: places(), cache: at.folder })).unfinished).toMatchObject([{ name: NAME }]);
    hub.bytesPerTick = Infinity;
    await install(at, hub.endpoint, NAME);
    expectWhole();
    expect(hub.requests.some(({ range }) => range !== undefined)).toBe(true);
  });

  it('ends whole or with a clear message, whatever goes wrong: 200 faults from one seed', async () => {
    const random = seededRandom(20261125);
    let faults = 0;
    let whole = 0;
    const messages = new Set<string>();
    for (let run = 0; faults < 200; run++) {
      const rate = random() * 0.5;
      hub.fault = () => {
        if (random() > rate) return undefined;
        faults++;
        return faultFrom(random);
      };
      try {
        await install(at, hub.endpoint, NAME, { patience: { ...IMPATIENT, silentMs: 60 } });
        expectWhole();
        whole++;
        hub.fault = () => undefined;
        if (run % 2 === 0) await removeModel(places(), NAME);
        else rmSync(at.store, { recursive: true });
      } catch (error) {
        expect(error).toMatchObject({ name: 'UserError', code: expect.stringMatching(/^(io|not-found|bad-request)$/) });
        messages.add((error as Error).message);
        expect(existsSync(home())).toBe(false);
      }
    }
    expect(whole).toBeGreaterThan(3);
    for (const message of messages)
      expect(message).toMatch(
        /could not be fetched|not what the hub says|refuses|There is no|accepted its licence|has been changed|shows/,
      );
  }, 90_000);

  it('refuses a full disk with nothing under its name', async () => {
    // A limit on the size of files is what a child process can be given everywhere; writing beyond it fails as on a full disk.
    const program = path.join(at.folder, 'install.cjs');
    buildSync({ ...NODE_BUNDLE, entryPoints: ['test/support/install-once.ts'], outfile: program });
    hub.put(NAME, { files: pipelineFiles('a', 300_000) });
    const command = `ulimit -f 200; exec "${process.execPath}" "${program}" "${hub.endpoint}" "${NAME}" "${at.store}"`;
    const run = new Promise<string>((resolve) => {
      execFile('sh', ['-c', command], (_error, stdout, stderr) => {
        resolve(stdout + stderr);
      });
    });
    expect(await run).toMatch(
      /^io: Cannot write .*the file would be larger than this disk or this program's limit allows/,
    );
    expect(existsSync(home())).toBe(false);
  });
});

function faultFrom(random: () => number): Fault {
  const after = Math.floor(random() * 40_000);
  const kinds: Fault[] = [
    { kind: 'drop', after },
    { kind: 'drop', after },
    { kind: 'drop', after },
    { kind: 'stall', after },
    { kind: 'status', status: 429, retryAfter: 0 },
    { kind: 'status', status: 500 },
    { kind: 'status', status: 503 },
    { kind: 'damage', at: after },
    { kind: 'whole' },
    { kind: 'too-long' },
    { kind: 'reset' },
  ];
  return kinds[Math.floor(random() * kinds.length)]!;
}
