import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkerClient } from '../../../src/host/worker-client';
import { writeCompressedModel, writeOrdinaryModel } from '../../support/ordinary-model';
import { job, startClient, temporaryFolder } from '../../support/worker-harness';

let client: WorkerClient;
beforeAll(async () => {
  ({ client } = await startClient());
});
afterAll(() => client.dispose());

/** Neither steps nor guidance are asked for. */
async function automatic(modelPath: string): Promise<{ readonly steps: number; readonly guidance: number }> {
  const { steps, guidance, ...asked } = job(temporaryFolder(), { modelPath, modelId: 'some-folder' });
  expect([steps, guidance]).not.toContain(undefined);
  const { variants } = await client.request('generate', asked);
  return variants[0]!.recipe;
}

describe('a model folder that the catalogue does not know, asked for nothing in particular', () => {
  it('draws with what ordinary models need', async () => {
    const folder = await writeOrdinaryModel(temporaryFolder());
    expect(await automatic(folder)).toMatchObject({ steps: 20, guidance: 7.5 });
  });

  it('draws in one step without guidance when it is built as SDXS', async () => {
    const folder = await writeCompressedModel(temporaryFolder());
    expect(await automatic(folder)).toMatchObject({ steps: 1, guidance: 1 });
  });
});
