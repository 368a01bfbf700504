/** `fourstep models` end to end: real processes, a hub on loopback, and a picture drawn with what was installed. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstallResult, StoreContents } from '../../../src/contract/store-api';
import { buildPrograms } from '../../support/build-worker';
import { filesOf, HubServer } from '../../support/hub-server';
import { pipelineFiles } from '../../support/hub-models';
import { writeTinyModel } from '../../support/tiny-pipeline';
import { temporaryFolder, until } from '../../support/worker-harness';
import type { Run } from '../../support/run-cli';

const NAME = 'somebody/tiny-icons';
let hub: HubServer;
let root: string;
beforeAll(async () => {
  hub = await HubServer.start();
  root = temporaryFolder();
  hub.put(NAME, { files: filesOf(await writeTinyModel(path.join(root, 'tiny'))), license: 'mit' });
  hub.put('somebody/gated', { files: pipelineFiles(), license: 'openrail++', gated: true });
  hub.put('somebody/large', { files: pipelineFiles('l', 3_000_000) });
});
afterAll(() => hub.stop());

interface Started {
  readonly pid: number;
  readonly done: Promise<Run>;
  kill(): void;
}

async function start(args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Started> {
  const { cli } = await buildPrograms();
  const env = {
    ...process.env,
    FOURSTEP_CACHE_DIR: path.join(root, 'cache'),
    FOURSTEP_MODELS_DIR: path.join(root, 'store'),
    HF_HOME: path.join(root, 'hf'),
    HF_ENDPOINT: hub.endpoint,
    ...more,
  };
  const child = spawn(process.execPath, [cli, ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const done = new Promise<Run>((resolve) => {
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
  return { pid: child.pid!, done, kill: () => child.kill('SIGKILL') };
}

const fourstep = async (args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Run> =>
  (await start(args, env)).done;
const parsed = ({ stdout }: Run): unknown => JSON.parse(stdout);

describe('fourstep models', () => {
  it('searches, installs, draws, verifies and removes', async () => {
    expect((await fourstep(['models', 'search', 'tiny'])).stdout).toMatch(/somebody\/tiny-icons\s+12\s+3\s+mit/);
    const installed = await fourstep(['models', 'install', NAME]);
    expect(installed).toMatchObject({ code: 0 });
    expect(installed.stderr).toMatch(/licence +mit/);
    expect(installed.stdout).toContain('is installed and verified');

    const drawn = await fourstep(['generate', 'a red rocket', '--model', NAME, '--count', '1', '--seed', '3']);
    expect(drawn).toMatchObject({ code: 0 });
    expect(readFileSync(drawn.stdout.trim()).subarray(1, 4).toString()).toBe('PNG');

    const list = parsed(await fourstep(['models', 'list', '--json'])) as StoreContents;
    expect(list.models).toMatchObject([{ name: NAME, kind: 'model', own: true }]);
    expect((await fourstep(['models', 'verify', NAME])).stdout).toMatch(/are as they were installed/);
    expect((await fourstep(['inspect', NAME])).code).toBe(0);
    expect((await fourstep(['models', 'remove', NAME])).stdout).toMatch(/is removed/);
    const gone = await fourstep(['generate', 'a red rocket', '--model', NAME]);
    expect(gone).toMatchObject({ code: 1 });
    expect(gone.stderr).toContain(`fourstep models install ${NAME}`);
  });

  it('goes on after it was killed in the middle, without fetching anything twice', async () => {
    hub.bytesPerTick = 20_000;
    const before = hub.sentBytes;
    const first = await start(['models', 'install', 'somebody/large']);
    await until(() => hub.sentBytes - before > 1_000_000, 'the first megabyte has come');
    first.kill();
    await first.done;
    expect(existsSync(path.join(root, 'store', 'somebody--large'))).toBe(false);
    hub.bytesPerTick = Infinity;
    const killedAt = hub.sentBytes - before;
    hub.requests.length = 0;
    const second = parsed(await fourstep(['models', 'install', 'somebody/large', '--json'])) as InstallResult;
    expect(second.model.name).toBe('somebody/large');
    expect(second.fetchedBytes).toBeLessThan(second.model.bytes - killedAt / 2);
    expect(hub.requests.some(({ range }) => range !== undefined)).toBe(true);
    expect((await fourstep(['models', 'verify', 'somebody/large'])).code).toBe(0);
  });

  it('fetches nothing while an offline setting stands', async () => {
    hub.requests.length = 0;
    const run = await fourstep(['models', 'install', NAME], { HF_HUB_OFFLINE: '1' });
    expect(run.code).not.toBe(0);
    expect(run.stderr).toContain('HF_HUB_OFFLINE');
    expect(hub.requests).toEqual([]);
  });

  it('installs a gated model for a token and an accepted licence, and never shows the token', async () => {
    const env = { HF_TOKEN: 'hf_verysecret' };
    const refused = await fourstep(['models', 'install', 'somebody/gated'], env);
    expect(refused.stderr).toMatch(/openrail\+\+, to be accepted.*--accept-license/s);
    const run = await fourstep(['models', 'install', 'somebody/gated', '--accept-license', '--verbose'], env);
    expect(run.code).toBe(0);
    expect(refused.stderr + run.stdout + run.stderr).not.toContain('hf_verysecret');
  });

  it('takes up a folder where it lies, and draws with it', async () => {
    const folder = path.join(root, 'tiny');
    expect((await fourstep(['models', 'import', folder, '--name', 'mine'])).stdout).toContain('used where it lies');
    const { code } = await fourstep(['generate', 'a star', '--model', 'mine', '--count', '1']);
    expect(code).toBe(0);
    expect((await fourstep(['models', 'remove', 'mine'])).stdout).toContain('its files stay');
    expect(existsSync(path.join(folder, 'model_index.json'))).toBe(true);
  });
});
