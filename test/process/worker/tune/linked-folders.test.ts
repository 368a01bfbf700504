import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WorkerClient } from '../../../../src/host/worker-client';
import { containing, matching } from '../../../support/matching';
import { filesUnder, tuneSetup, type TuneSetup, type TuneChanges } from '../../../support/tuning';
import { startClient, temporaryFolder } from '../../../support/worker-harness';

let client: WorkerClient;
let setup: TuneSetup;
let victim: string;
beforeAll(async () => {
  ({ client } = await startClient());
});
afterAll(() => client.dispose());
beforeEach(async () => {
  setup = await tuneSetup();
  victim = temporaryFolder();
  for (const name of ['samples/holiday.jpg', 'training/notes.txt', 'style.json', 'lora.safetensors']) {
    const file = path.join(victim, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, 'mine');
  }
});

async function refused(changes: TuneChanges, message: string): Promise<void> {
  const call = client.request('tune', setup.params({ settings: { steps: 1 }, ...changes }));
  await expect(call).rejects.toMatchObject({ code: 'bad-request', message: containing(message) });
}

function expectUnharmed(): void {
  const names = filesUnder(victim);
  expect(names).toEqual(['lora.safetensors', 'samples/holiday.jpg', 'style.json', 'training/notes.txt']);
  for (const name of names) expect(readFileSync(path.join(victim, name), 'utf8')).toBe('mine');
}

describe('a repository with links in the place of', () => {
  it.each([
    ['the style', '.fourstep/styles/house', ''],
    ['all styles', '.fourstep/styles', ''],
    ['everything that Fourstep keeps', '.fourstep', ''],
    ['the samples', '.fourstep/styles/house/samples', 'samples'],
    ['the training', '.fourstep/styles/house/training', 'training'],
    ['the weights', '.fourstep/styles/house/lora.safetensors', 'lora.safetensors'],
    ['the description', '.fourstep/styles/house/style.json', 'style.json'],
  ])('%s: neither a new training nor one that replaces or goes on touches anything', async (_what, link, target) => {
    const place = path.join(setup.folder, link);
    mkdirSync(path.dirname(place), { recursive: true });
    symlinkSync(path.join(victim, target), place);
    for (const replace of [false, true]) {
      const call = client.request('tune', setup.params({ replace, settings: { steps: 1 } }));
      await expect(call).rejects.toMatchObject({ code: 'bad-request' });
    }
    await refused({ replace: true }, 'a link');
    const goesOn = client.request('tune', setup.params({ resume: true }));
    await expect(goesOn).rejects.toMatchObject({ message: matching(/holds no unfinished training|a link/) });
    expectUnharmed();
  });

  it('the pictures of an unfinished training: it does not go on', async () => {
    const request = setup.params({ settings: { steps: 30 } });
    await client
      .request('tune', request, {
        onProgress: ({ loss }) => {
          if (loss?.step === 2)
            void client.request('tuneControl', { jobId: request.jobId, action: 'suspend' }).catch(() => undefined);
        },
      })
      .catch(() => undefined);
    symlinkSync(path.join(victim, 'style.json'), path.join(request.goal.styleDir, 'training/probe-9-0.png'));
    await refused({ resume: true }, 'probe-9-0.png is a link');
    expectUnharmed();
  });
});

describe('a style’s folder in which somebody else keeps things', () => {
  it.each(['samples/holiday.jpg', 'training/notes.txt', 'thesis.txt', 'src/main.ts'])(
    'such as %s is refused, and stays as it is',
    async (name) => {
      const { styleDir } = setup.params().goal;
      mkdirSync(path.join(styleDir, path.dirname(name)), { recursive: true });
      writeFileSync(path.join(styleDir, name), 'mine');
      await refused({ replace: true }, path.basename(name).replace('main.ts', 'src'));
      expect(readFileSync(path.join(styleDir, name), 'utf8')).toBe('mine');
    },
  );

  it('is not refused for what file managers leave there', async () => {
    const { styleDir } = setup.params().goal;
    mkdirSync(styleDir, { recursive: true });
    writeFileSync(path.join(styleDir, '.DS_Store'), '');
    const params = setup.params({ settings: { steps: 1 } });
    await expect(client.request('tune', params)).resolves.toMatchObject({ steps: 1 });
    expect(existsSync(path.join(styleDir, 'style.json'))).toBe(true);
  });

  it('is not outside of the place that it belongs to', async () => {
    await refused({ styleDir: path.join(victim, 'house'), root: setup.folder }, 'is not in');
    expect(readdirSync(victim)).not.toContain('house');
  });
});
