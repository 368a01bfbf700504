/** Models in the extension host: installed from a hub on loopback, chosen by the setting, drawn with, removed. */
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { TestApi } from '../../../src/extension/extension';
import { modelItems } from '../../../src/extension/models/items';
import { readSettings } from '../../../src/extension/settings';
import { HubServer } from '../../support/hub-server';
import { pipelineFiles } from '../../support/hub-models';

const NAME = 'somebody/a-model';

async function api(): Promise<TestApi> {
  const tested = await vscode.extensions.getExtension<TestApi | undefined>('fourstep.fourstep')?.activate();
  assert.ok(tested, 'the extension knows that it is under test');
  return tested;
}

async function set(key: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration('fourstep').update(key, value, vscode.ConfigurationTarget.Global);
}

suite('Models in the extension host', () => {
  let hub: HubServer;
  let folder: string;
  suiteSetup(async () => {
    hub = await HubServer.start();
    hub.put(NAME, { files: pipelineFiles(), license: 'mit' });
    hub.put('somebody/other', { files: pipelineFiles('o') });
    hub.put('somebody/gated', { files: pipelineFiles('g'), license: 'openrail++', gated: true });
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'models-'));
    process.env['FOURSTEP_MODELS_DIR'] = path.join(folder, 'store');
    process.env['HF_HOME'] = path.join(folder, 'hf');
    await set('models.endpoint', hub.endpoint);
  });
  suiteTeardown(async () => {
    await set('models.endpoint', undefined);
    await set('models.offline', undefined);
    await set('model', undefined);
    await hub.stop();
    await fs.rm(folder, { recursive: true });
  });

  test('installs a model after its licence was shown, and draws with it from then on', async () => {
    const { models, store, worker } = await api();
    const shown: string[] = [];
    const done = await models.install(NAME, (plan) => {
      shown.push(plan.license ?? '');
      return Promise.resolve(true);
    });
    assert.deepEqual([done, shown], [true, ['mit']]);
    assert.equal(readSettings().model, NAME);
    assert.equal((await worker.model()).id, NAME);
    const contents = await store.request('modelsList', {});
    const rows = modelItems(await store.catalog(), contents, NAME);
    assert.ok(rows.some(({ label, description }) => label.includes(NAME) && description?.includes('mit') === true));
    assert.ok(rows.some(({ detail }) => detail === 'stabilityai/sd-turbo'));
  });

  test('fetches nothing when the user does not want it', async () => {
    const { models } = await api();
    hub.requests.length = 0;
    assert.equal(await models.install('somebody/other', () => Promise.resolve(false)), false);
    assert.deepEqual(
      hub.requests.filter(({ host }) => host === 'contents'),
      [],
    );
  });

  test('says what a gated model asks for, when no token is set', async () => {
    const { models } = await api();
    await assert.rejects(
      models.install('somebody/gated', () => Promise.resolve(true)),
      /licence \(openrail\+\+\).*somebody\/gated.*access token/,
    );
  });

  test('keeps the token in the secret storage, and sends it to the hub alone', async () => {
    const { models, store } = await api();
    await store.setToken('hf_host_secret');
    hub.requests.length = 0;
    assert.equal(await models.install('somebody/gated', () => Promise.resolve(true)), true);
    assert.ok(hub.requests.some(({ authorization }) => authorization === 'Bearer hf_host_secret'));
    assert.ok(hub.requests.every(({ host, authorization }) => host === 'hub' || authorization === undefined));
    await store.forgetToken();
    assert.equal((await store.access()).token, undefined);
  });

  test('fetches nothing while the offline setting stands', async () => {
    const { models } = await api();
    await set('models.offline', true);
    hub.requests.length = 0;
    await assert.rejects(
      models.install(NAME, () => Promise.resolve(true)),
      /fourstep\.models\.offline/,
    );
    assert.deepEqual(hub.requests, []);
    await set('models.offline', undefined);
  });

  test('goes back to the built-in model', async () => {
    const { models, worker } = await api();
    await models.act({ kind: 'use', name: '' });
    assert.equal(readSettings().model, '');
    assert.equal((await worker.model()).id, 'icons-v1');
  });
});
