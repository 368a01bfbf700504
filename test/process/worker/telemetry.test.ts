import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { containing } from '../../support/matching';
import { buildPrograms } from '../../support/build-worker';
import { contentsOf, watchSockets } from '../../support/process-watch';
import { job, startClient, temporaryFolder } from '../../support/worker-harness';

/** ONNX Runtime's telemetry speaks about ten seconds after the first session. */
const LIFE_MS = 30_000;

/** In a continuous-integration run the telemetry is off whatever we do (names read from the library's strings). */
const QUIET_IN =
  'CI TF_BUILD GITHUB_ACTIONS GITLAB_CI CIRCLECI TRAVIS JENKINS_URL CODEBUILD_BUILD_ID BUILDKITE TEAMCITY_VERSION APPVEYOR BITBUCKET_BUILD_NUMBER';

interface Life {
  /** Internet sockets that the worker had at any time. */
  readonly sockets: readonly string[];
  /** What lies in its home and temporary folder afterwards. */
  readonly files: readonly string[];
  readonly looks: number;
}

/** A worker with a fresh home and temporary folder draws, waits and draws again. */
async function lifeOf(setUp: string, workerPath?: string): Promise<Life> {
  const [home, tmp] = [temporaryFolder(), temporaryFolder()];
  const nodePath = path.join(temporaryFolder(), 'node');
  writeFileSync(
    nodePath,
    `#!/bin/sh\nunset ${QUIET_IN}\nexport HOME='${home}' TMPDIR='${tmp}'\n${setUp} "${process.execPath}" "$@"\n`,
  );
  chmodSync(nodePath, 0o755);
  const { client } = await startClient({ nodePath, ...(workerPath === undefined ? {} : { workerPath }) });
  try {
    const out = temporaryFolder();
    await client.request('devices', { device: 'cpu' });
    const watch = watchSockets(client.status.pid!);
    await client.request('generate', job(out));
    await new Promise((resolve) => setTimeout(resolve, LIFE_MS / 2));
    await client.request('generate', job(out, { seed: 2 }));
    await new Promise((resolve) => setTimeout(resolve, LIFE_MS / 2));
    watch.stop();
    return { sockets: [...watch.seen], files: [...contentsOf(home), ...contentsOf(tmp)], looks: watch.looks() };
  } finally {
    await client.dispose();
  }
}

/** A network namespace without any network, in which even a worker with telemetry can send nothing. */
function hasNamespaces(): boolean {
  try {
    execFileSync('unshare', ['-rn', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(process.platform !== 'linux')('a worker that draws and lives for half a minute', () => {
  it.concurrent(
    'opens no internet socket and leaves no file outside its own folders',
    { timeout: 180_000 },
    async () => {
      const { sockets, files, looks } = await lifeOf('exec');
      expect(looks).toBeGreaterThan(1000);
      expect(sockets).toEqual([]);
      expect(files).toEqual([]);
    },
  );

  it.skipIf(process.platform !== 'linux' || !hasNamespaces()).concurrent(
    'would leave files if its telemetry were on, so the test above can fail (without a network, needs user namespaces)',
    { timeout: 180_000 },
    async () => {
      const { worker } = await buildPrograms();
      // Beside the worker, whose own program looks for its parts there.
      const talkative = path.join(path.dirname(worker), 'talkative-worker.js');
      writeFileSync(
        talkative,
        // The native library finds no variable; the worker's own check, which reads JavaScript's copy, is content.
        `delete process.env.ORT_DISABLE_TELEMETRY;
         process.env = { ...process.env, ORT_DISABLE_TELEMETRY: '1' };
         require('./worker.js');`,
      );
      const { files } = await lifeOf('exec unshare -rn', talkative);
      expect(files).toContain('.ses');
      expect(files).toContain('.cache/Microsoft/DeveloperTools/.onnxruntime');
    },
  );
});

describe.skipIf(process.platform === 'win32')('a worker that is started without the variable', () => {
  it('refuses to load ONNX Runtime, and says what is missing', async () => {
    const folder = path.join(temporaryFolder(), 'bin');
    mkdirSync(folder);
    const nodePath = path.join(folder, 'node');
    writeFileSync(nodePath, `#!/bin/sh\nunset ORT_DISABLE_TELEMETRY\nexec "${process.execPath}" "$@"\n`);
    chmodSync(nodePath, 0o755);
    const { client } = await startClient({ nodePath });
    await expect(client.request('devices', { device: 'auto' })).rejects.toMatchObject({
      code: 'device',
      message: containing('the environment must have ORT_DISABLE_TELEMETRY=1'),
    });
    await client.dispose();
  });
});
