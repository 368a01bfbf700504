/** What is installed, imported and cached: found, used where it lies, verified, removed. From a hub that answers as the real one does, and misbehaves on command; real sockets, real files. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveNamed } from '../../../src/catalog/named-models';
import { readRecord } from '../../../src/catalog/store-record';
import { cleanUp, removeModel, storeContents } from '../../../src/store/contents';
import { importModel } from '../../../src/store/import';
import { verifyModel } from '../../../src/store/verify';
import { gitId, HubServer, sha256 } from '../../support/hub-server';
import { bench, install, NEEDED, noise, pipelineFiles, type Bench } from '../../support/hub-models';

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

describe('the cache of the hub’s own tools', () => {
  function fillCache(
    files: Readonly<Record<string, Buffer>>,
    revision = '1234567890abcdef1234567890abcdef12345678',
  ): string {
    const repo = path.join(at.hubCache, 'models--somebody--a-model');
    const snapshot = path.join(repo, 'snapshots', revision);
    mkdirSync(path.join(repo, 'blobs'), { recursive: true });
    mkdirSync(path.join(repo, 'refs'), { recursive: true });
    writeFileSync(path.join(repo, 'refs', 'main'), revision);
    for (const [name, content] of Object.entries(files)) {
      const blob = path.join(repo, 'blobs', content.length > 2000 ? sha256(content) : gitId(content));
      writeFileSync(blob, content);
      mkdirSync(path.dirname(path.join(snapshot, name)), { recursive: true });
      symlinkSync(path.relative(path.dirname(path.join(snapshot, name)), blob), path.join(snapshot, name));
    }
    return snapshot;
  }

  it('is found by name without any network', async () => {
    const snapshot = fillCache(pipelineFiles());
    expect(await resolveNamed(NAME, places())).toMatchObject({ path: snapshot });
    expect(await resolveNamed(`${NAME}@main`, places())).toMatchObject({ path: snapshot });
    expect((await storeContents({ models: places(), cache: at.folder })).cached).toMatchObject([
      { name: NAME, own: false },
    ]);
    expect(hub.requests).toEqual([]);
  });

  it('is used where it lies when it has all of it, and stays when the model is removed', async () => {
    const snapshot = fillCache(pipelineFiles());
    const { model, found } = await install(at, hub.endpoint, NAME);
    expect(found).toBe('cache');
    expect(model).toMatchObject({ path: snapshot, own: false });
    expect(filesIn(home())).toEqual(['fourstep-model.json']);
    expect(hub.requests.filter(({ host }) => host === 'contents')).toEqual([]);
    await removeModel(places(), NAME);
    expect(existsSync(path.join(snapshot, 'model_index.json'))).toBe(true);
  });

  it('gives the files that it has, without a second copy on the disk', async () => {
    const files = pipelineFiles();
    const unet = 'unet/diffusion_pytorch_model.safetensors';
    fillCache({ [unet]: files[unet]! });
    await install(at, hub.endpoint, NAME);
    expectWhole();
    expect(hub.requests.filter(({ path: url, host }) => host === 'contents' && url.includes('unet/'))).toEqual([]);
    expect(statSync(path.join(home(), unet)).nlink).toBe(2);
  });

  it('is not trusted blindly: a damaged file is fetched, or named', async () => {
    const files = pipelineFiles();
    const unet = 'unet/diffusion_pytorch_model.safetensors';
    const snapshot = fillCache({ [unet]: files[unet]! });
    writeFileSync(path.join(snapshot, unet), noise(files[unet]!.length, 'damaged'));
    await install(at, hub.endpoint, NAME);
    expectWhole();
  });
});

describe('what is installed', () => {
  it('is verified file by file', async () => {
    await install(at, hub.endpoint, NAME);
    const stored = (await readRecord(at.store, NAME))!;
    const options = { onProgress: () => undefined };
    expect(await verifyModel(stored, options)).toMatchObject({ problems: [], files: NEEDED.length });
    const unet = path.join(home(), 'unet/diffusion_pytorch_model.safetensors');
    const bytes = readFileSync(unet);
    bytes[12_345]! ^= 1;
    writeFileSync(unet, bytes);
    rmSync(path.join(home(), 'vae/config.json'));
    expect((await verifyModel(stored, options)).problems).toEqual([
      { path: 'unet/diffusion_pytorch_model.safetensors', problem: 'its content has changed since it was installed' },
      { path: 'vae/config.json', problem: 'it is missing' },
    ]);
  });

  it('can be imported from a folder or a file, where it lies or as a copy', async () => {
    await install(at, hub.endpoint, NAME);
    const folder = path.join(at.folder, 'My Model');
    cpSync(home(), folder, { recursive: true });
    const options = { onProgress: () => undefined };
    const linked = await importModel(places(), ['icons-v1'], { path: folder, copy: false }, options);
    expect(linked).toMatchObject({ name: 'My-Model', kind: 'model', path: folder, own: false });
    const copied = await importModel(places(), ['icons-v1'], { path: folder, name: 'copy', copy: true }, options);
    expect(copied).toMatchObject({ own: true, path: path.join(at.store, 'copy') });
    await expect(
      importModel(places(), ['icons-v1'], { path: folder, name: 'icons-v1', copy: false }, options),
    ).rejects.toThrow(/already/);
    const file = path.join(at.folder, 'one.safetensors');
    writeFileSync(file, noise(100, 'x'));
    expect(await importModel(places(), [], { path: file, copy: false }, options)).toMatchObject({
      name: 'one',
      kind: 'file',
      path: file,
    });
    await expect(importModel(places(), [], { path: at.folder, copy: false }, options)).rejects.toThrow(
      /no model folder/,
    );
    await removeModel(places(), 'My-Model');
    expect(existsSync(folder)).toBe(true);
    expect(await resolveNamed('My-Model', places())).toBeUndefined();
    expect(await resolveNamed('copy', places())).toMatchObject({ path: path.join(at.store, 'copy') });
  });

  it('is cleaned of copies and remains, and of nothing else', async () => {
    const cache = path.join(at.folder, 'cache');
    mkdirSync(cache);
    const copy = `${'a'.repeat(32)}-${'b'.repeat(32)}.safetensors`;
    for (const name of [copy, 'training-pace.json', 'other.safetensors'])
      writeFileSync(path.join(cache, name), 'content');
    mkdirSync(path.join(at.store, '.partial', 'somebody--begun'), { recursive: true });
    writeFileSync(path.join(at.store, '.partial', 'somebody--begun', 'x.incomplete'), 'begun');
    expect(await cleanUp({ models: places(), cache }, false)).toEqual({ files: 1, bytes: 7 });
    expect(filesIn(cache)).toEqual(['other.safetensors', 'training-pace.json']);
    expect(await cleanUp({ models: places(), cache }, true)).toEqual({ files: 1, bytes: 5 });
  });
});
