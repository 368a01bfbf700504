import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WorkerClient } from '../../../src/host/worker-client';
import { BUILT_IN_MODEL } from '../../support/built-in-model';
import { tuneSetup } from '../../support/tuning';
import { job, startClient, temporaryFolder } from '../../support/worker-harness';

let client: WorkerClient;
beforeEach(async () => {
  ({ client } = await startClient());
});
afterEach(() => client.dispose());

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

describe.runIf(process.platform === 'linux')('the memory that the plan of a training announces', () => {
  it(
    'is within a quarter of what the worker then takes, before the first training and after it',
    { timeout: 300_000 },
    async () => {
      const { params } = await tuneSetup();
      const request = params({ modelPath: BUILT_IN_MODEL, settings: { steps: 4, batchSize: 8, rank: 8, alpha: 8 } });
      const { settings, icons } = request;
      const plan = { modelPath: BUILT_IN_MODEL, device: 'cpu', icons: icons.length, settings } as const;
      const before = await client.request('tunePlan', plan);
      await client.request('tune', request);
      const peak = peakOf(client.status.pid!);
      const after = await client.request('tunePlan', plan);
      expect([before.measured, after.measured]).toEqual([false, true]);
      for (const { memoryBytes } of [before, after]) expect(Math.abs(memoryBytes / peak - 1)).toBeLessThan(0.25);
    },
  );
});
