import { afterEach, describe, expect, it } from 'vitest';
import type { WorkerClient } from '../../../src/host/worker-client';
import { matching } from '../../support/matching';
import { endless, tuneSetup } from '../../support/tuning';
import {
  afterFirstStep,
  filesIn,
  isAlive,
  job,
  LONG,
  startClient,
  temporaryFolder,
} from '../../support/worker-harness';

let client: WorkerClient;
afterEach(() => client.dispose());

describe.runIf(process.platform !== 'win32')('a worker that is stopped (SIGSTOP)', () => {
  it('fails its job with a reason, is ended, and the next job gets a new one', { timeout: 120_000 }, async () => {
    ({ client } = await startClient({ silentSeconds: 8 }));
    const folder = temporaryFolder();
    let pid = 0;
    const onProgress = afterFirstStep(() => {
      pid = client.status.pid!;
      process.kill(pid, 'SIGSTOP');
    });
    await expect(client.request('generate', job(folder, LONG), { onProgress })).rejects.toMatchObject({
      code: 'worker-gone',
      message: matching(/^The worker has not answered for 8 seconds, so it was ended\./),
    });
    expect(isAlive(pid)).toBe(false);
    expect(filesIn(folder)).toEqual([]);
    await expect(client.request('generate', job(folder))).resolves.toMatchObject({ device: 'cpu' });
  });

  it('does not keep a client that is closed, also in a training', { timeout: 120_000 }, async () => {
    ({ client } = await startClient());
    const setup = await tuneSetup();
    let pid = 0;
    const stopped = new Promise<void>((resolve) => {
      const onProgress = ({ loss }: { loss?: unknown }): void => {
        if (loss === undefined || pid !== 0) return;
        pid = client.status.pid!;
        process.kill(pid, 'SIGSTOP');
        resolve();
      };
      client.request('tune', endless(setup), { onProgress }).catch(() => undefined);
    });
    await stopped;
    await client.dispose();
    expect(isAlive(pid)).toBe(false);
  });
});
