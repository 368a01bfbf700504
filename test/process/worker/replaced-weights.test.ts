import { copyFileSync, readFileSync, renameSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WorkerClient } from '../../../src/host/worker-client';
import type { GenerateParams } from '../../../src/contract/worker-api';
import { containing } from '../../support/matching';
import { writeTinyModel } from '../../support/tiny-pipeline';
import { afterFirstStep, filesIn, job, startClient, temporaryFolder } from '../../support/worker-harness';

const UNET = 'unet/diffusion_pytorch_model.safetensors';

interface Drawn {
  /** The picture without what it says of itself. */
  readonly pixels: string;
  readonly sha256: string;
}

let client: WorkerClient;
let model: string;
let other: string;
beforeEach(async () => {
  ({ client } = await startClient());
  model = await writeTinyModel(path.join(temporaryFolder(), 'model'));
  other = await writeTinyModel(path.join(temporaryFolder(), 'other'), 2);
});
afterEach(() => client.dispose());

const request = (changes: Partial<GenerateParams> = {}): GenerateParams =>
  job(temporaryFolder(), { modelPath: model, modelId: 'tiny', metadata: false, ...changes });

async function draw(worker: WorkerClient, changes: Partial<GenerateParams> = {}): Promise<Drawn> {
  const { variants } = await worker.request('generate', request(changes));
  const [{ path: file, recipe }] = variants as [(typeof variants)[number]];
  return { pixels: readFileSync(file).toString('base64'), sha256: recipe.model.sha256 };
}

async function drawnByFreshWorker(): Promise<Drawn> {
  const { client: fresh } = await startClient();
  try {
    return await draw(fresh);
  } finally {
    await fresh.dispose();
  }
}

/** Each leaves other weights of the same size in the file's place. */
const REPLACEMENTS: readonly (readonly [string, (file: string, source: string) => void])[] = [
  [
    'another file under its name',
    (file, source) => {
      copyFileSync(source, `${file}.new`);
      renameSync(`${file}.new`, file);
    },
  ],
  [
    'another content in the same file',
    (file, source) => {
      writeFileSync(file, readFileSync(source));
    },
  ],
  [
    'another file with the same size and time',
    (file, source) => {
      const { atime, mtime } = statSync(file);
      copyFileSync(source, `${file}.new`);
      renameSync(`${file}.new`, file);
      utimesSync(file, atime, mtime);
    },
  ],
  [
    'a link to another file',
    (file, source) => {
      renameSync(file, `${file}.old`);
      symlinkSync(source, file);
    },
  ],
];

describe('a warm model whose weights are replaced', () => {
  it.each(REPLACEMENTS)('by %s draws the next picture with the new ones, and says so', async (_how, replace) => {
    const before = await draw(client);
    expect(await draw(client)).toEqual(before);
    replace(path.join(model, UNET), path.join(other, UNET));
    const after = await draw(client);
    expect(after.sha256).not.toBe(before.sha256);
    expect(after.pixels).not.toBe(before.pixels);
    expect(after).toEqual(await drawnByFreshWorker());
  });

  it('together with a config draws by the new config', async () => {
    const before = await draw(client);
    const file = path.join(model, 'scheduler/scheduler_config.json');
    const config = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...config, beta_end: 0.02 }));
    const after = await draw(client);
    expect(after.sha256).toBe(before.sha256);
    expect(after).toEqual(await drawnByFreshWorker());
  });

  it('while it draws saves no picture whose origin nobody knows, and draws the next one', async () => {
    const onProgress = afterFirstStep(() => {
      copyFileSync(path.join(other, UNET), `${path.join(model, UNET)}.new`);
      renameSync(`${path.join(model, UNET)}.new`, path.join(model, UNET));
    });
    const params = request({ steps: 40, count: 4 });
    await expect(client.request('generate', params, { onProgress })).rejects.toMatchObject({
      code: 'bad-checkpoint',
      message: containing('was changed while it was drawn with'),
    });
    expect(filesIn(params.outputDir)).toEqual([]);
    expect(await draw(client)).toEqual(await drawnByFreshWorker());
  });
});
