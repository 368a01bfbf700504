import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkerClient } from '../../../src/host/worker-client';
import { BUILT_IN_MODEL } from '../../support/built-in-model';
import { job, startClient, temporaryFolder } from '../../support/worker-harness';

let client: WorkerClient;
beforeAll(async () => {
  ({ client } = await startClient());
});
afterAll(() => client.dispose());

/** Largest resident size so far, in bytes. */
function peakOf(pid: number): number {
  return 1024 * Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

describe.runIf(process.platform === 'linux')('the memory that inspect announces', () => {
  it('is within a quarter of what a worker takes that draws a picture', async () => {
    await client.request('generate', job(temporaryFolder()));
    const peak = peakOf(client.status.pid!);
    const { memoryBytes } = await client.request('inspect', { modelPath: BUILT_IN_MODEL });
    expect(Math.abs(memoryBytes / peak - 1)).toBeLessThan(0.25);
  });
});
