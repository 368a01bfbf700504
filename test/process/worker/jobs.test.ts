import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WorkerClient, WorkerStatus } from '../../../src/host/worker-client';
import type { TuneProgress } from '../../../src/contract/tune-api';
import type { JobProgress } from '../../../src/contract/worker-api';
import { BUILT_IN_MODEL } from '../../support/built-in-model';
import { afterFirstStep, filesIn, job, LONG, startClient, temporaryFolder } from '../../support/worker-harness';
import { filesUnder, styleAt, tuneSetup } from '../../support/tuning';
import { socketHost } from '../../support/socket-host';
import { containing, matching } from '../../support/matching';

/** Nothing in a job depends on how its worker is reached. */
describe.each([
  ['a process of its own', {}],
  ['a socket', { host: socketHost() }],
] as const)('with a worker that is reached through %s', (_name, options) => {
  let client: WorkerClient;
  let folder: string;
  beforeAll(async () => {
    ({ client } = await startClient(options));
  });
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterAll(() => client.dispose());

  describe('a job', () => {
    it('gives variants with their recipes, a preview after each step, and progress in order', async () => {
      const seen: JobProgress[] = [];
      const params = job(folder, { count: 2, seed: 7, previews: true });
      const result = await client.request('generate', params, { onProgress: (progress) => seen.push(progress) });

      expect(result.variants.map(({ index, seed }) => [index, seed])).toEqual([
        [0, 7],
        [1, 8],
      ]);
      for (const { path: file, recipe, seed } of result.variants) {
        const stored = await client.request('recipe', { path: file });
        expect(stored.recipe).toEqual(recipe);
        expect(recipe).toMatchObject({
          prompt: params.prompt,
          seed,
          steps: 4,
          guidance: 3,
          sampler: 'lcm',
          device: 'cpu',
        });
        expect(stored.parameters).toContain('Steps: 4');
      }
      const phases = seen.map(({ phase }) => phase).filter((phase, index, all) => phase !== all[index - 1]);
      expect(phases).toEqual(['loading', 'text', 'denoising', 'decoding', 'saving']);
      const steps = seen.filter(({ previews }) => previews !== undefined);
      expect(steps.map(({ step, steps: of }) => `${step} of ${of}`)).toEqual(['1 of 4', '2 of 4', '3 of 4', '4 of 4']);
      for (const { previews } of steps) {
        expect(previews).toHaveLength(2);
        for (const file of previews ?? []) expect(readFileSync(file).subarray(1, 4).toString()).toBe('PNG');
      }
    });

    it('without metadata leaves no recipe in the file', async () => {
      const { variants } = await client.request('generate', job(folder, { metadata: false }));
      await expect(client.request('recipe', { path: variants[0]!.path })).resolves.toEqual({});
    });

    it('makes the same picture alone, in a batch and again, and a rebuild says so', async () => {
      const [batch, alone] = [
        await client.request('generate', job(folder, { count: 3 })),
        await client.request('generate', job(folder, { seed: 2 })),
      ];
      const outputDir = temporaryFolder();
      for (const file of [batch.variants[1]!.path, alone.variants[0]!.path]) {
        const params = { jobId: 'rebuild', path: file, modelPath: BUILT_IN_MODEL, device: 'cpu', outputDir } as const;
        await expect(client.request('rebuild', params)).resolves.toMatchObject({
          verdict: 'identical',
          maxDifference: 0,
        });
      }
    });

    it.each(['webp', 'avif', 'jpeg', 'svg'] as const)(
      'writes %s, which rebuilds to the same picture too',
      async (format) => {
        const { variants } = await client.request('generate', job(folder, { format }));
        const file = variants[0]!.path;
        const params = {
          jobId: 'rebuild',
          path: file,
          modelPath: BUILT_IN_MODEL,
          device: 'cpu',
          outputDir: folder,
        } as const;
        await expect(client.request('rebuild', params)).resolves.toMatchObject({ verdict: 'identical' });
      },
    );

    it('from a picture says in the recipe how much was changed and from what, and cannot be rebuilt without it', async () => {
      const first = await client.request('generate', job(folder));
      const init = { path: first.variants[0]!.path, strength: 0.5 };
      const { variants } = await client.request('generate', job(folder, { init, prompt: 'green apple' }));
      expect(variants[0]!.recipe).toMatchObject({ strength: 0.5, initSha256: matching(/^[0-9a-f]{64}$/) });
      const params = {
        jobId: 'r',
        path: variants[0]!.path,
        modelPath: BUILT_IN_MODEL,
        device: 'cpu',
        outputDir: folder,
      } as const;
      await expect(client.request('rebuild', params)).rejects.toMatchObject({ code: 'unsupported' });
    });
  });

  describe('a training and what it makes', () => {
    it('finds its examples, shows samples on the way, and leaves a style that can be drawn with and exported', async () => {
      const { icons, modelPath, params } = await tuneSetup();
      const thumbnailDir = temporaryFolder();
      const scan = { folder: icons, modelPath, thumbnailDir, currentColor: '#000' };
      const found = await client.request('scanIcons', scan);
      expect(found.icons).toHaveLength(10);
      for (const { thumbnail } of found.icons) expect(path.dirname(thumbnail!)).toBe(thumbnailDir);
      expect(filesIn(thumbnailDir)).toHaveLength(10);

      const request = params({ settings: { steps: 2 } });
      const { styleDir } = request.goal;
      const samples: string[] = [];
      const onProgress = ({ probes }: TuneProgress): void => {
        samples.push(...(probes?.pictures ?? []).filter(existsSync));
      };
      const { path: made, after } = await client.request('tune', request, { onProgress });
      expect(made).toBe(styleDir);
      expect(samples).not.toEqual([]);
      const files = ['lora.safetensors', 'samples/1-after.png', 'samples/1-before.png', 'style.json'];
      expect(filesUnder(styleDir).filter((file) => !file.startsWith('training'))).toEqual(files);
      expect(after.pictures).toEqual([path.join(styleDir, 'samples', '1-after.png')]);
      await expect(client.request('tuneStatus', styleAt(styleDir))).resolves.toMatchObject({ finished: true });

      const kohya = path.join(folder, 'kohya.safetensors');
      const file = path.join(styleDir, 'lora.safetensors');
      await client.request('exportLora', { path: file, layout: 'kohya', out: kohya });
      const peft = path.join(folder, 'peft');
      mkdirSync(peft);
      await client.request('exportLora', {
        path: file,
        layout: 'peft',
        out: path.join(peft, 'adapter_model.safetensors'),
      });
      const out = temporaryFolder();
      for (const lora of [file, kohya, peft]) {
        const loras = [{ path: lora, weight: 1, name: 'house' }];
        const { variants } = await client.request(
          'generate',
          job(out, { modelPath, loras, jobId: path.basename(lora, '.safetensors') }),
        );
        expect(variants[0]!.recipe.loras).toMatchObject([{ name: 'house' }]);
        const rebuild = { jobId: 'r', path: variants[0]!.path, modelPath, device: 'cpu', outputDir: out } as const;
        const again = client.request('rebuild', { ...rebuild, loraCandidates: [lora] });
        await expect(again).resolves.toMatchObject({ verdict: 'identical' });
      }
    });
  });

  describe('a request that cannot be done', () => {
    it.each([
      ['an empty prompt', { prompt: ' \n ' }, 'bad-request', 'prompt is empty'],
      ['a size the model cannot make', { width: 65 }, 'bad-request', 'The nearest is 64'],
      ['a size of zero', { height: 0 }, 'bad-request', 'height is 0'],
      ['an enormous size', { width: 64_000, height: 64_000 }, 'out-of-memory', 'GB of memory'],
      ['too many steps', { steps: 5000 }, 'bad-request', 'steps'],
      ['a thousand variants', { count: 1000 }, 'bad-request', 'count is 1000'],
      ['no variant', { count: 0 }, 'bad-request', 'count is 0'],
      ['a negative seed', { seed: -1 }, 'bad-request', 'seed is -1'],
      [
        'a model folder that is none',
        { modelPath: path.dirname(BUILT_IN_MODEL) },
        'bad-checkpoint',
        'model_index.json',
      ],
      ['a missing model', { modelPath: '/no/such/model' }, 'not-found', '/no/such/model'],
      ['a missing init picture', { init: { path: '/no/such.png', strength: 0.5 } }, 'not-found', '/no/such.png'],
      ['an init picture that is none', { init: { path: __filename, strength: 0.5 } }, 'bad-image', 'expected a PNG'],
    ] as const)('is refused with the reason, and nothing remains: %s', async (_name, changes, code, text) => {
      const call = client.request('generate', job(folder, changes));
      await expect(call).rejects.toMatchObject({ code, message: containing(text) });
      expect(filesIn(folder)).toEqual([]);
    });

    it.each([
      ['100 KB', 'rocket '.repeat(15_000), /is left out/],
      ['emoji', '🚀🔥', undefined],
      ['control characters', 'red\u0000\u001b[2J apple', undefined],
      ['right-to-left', '\u202eصاروخ أحمر', undefined],
    ])('a strange prompt is no such request: %s', async (_name, prompt, notice) => {
      const { variants, notices } = await client.request('generate', job(folder, { prompt }));
      expect((await client.request('recipe', { path: variants[0]!.path })).recipe?.prompt).toBe(prompt);
      if (notice !== undefined) expect(notices.join()).toMatch(notice);
    });
  });

  describe('cancelling', () => {
    it('takes effect before the next step, removes the files, and the next job works', async () => {
      const abort = new AbortController();
      let steps = 0;
      const onProgress = ({ phase, step }: JobProgress): void => {
        if (phase === 'denoising' && step !== undefined) steps = step;
        if (steps === 1) abort.abort();
      };
      const call = client.request('generate', job(folder, LONG), { signal: abort.signal, onProgress });
      await expect(call).rejects.toMatchObject({ code: 'cancelled' });
      expect(steps).toBe(1);
      expect(filesIn(folder)).toEqual([]);
      await expect(client.request('generate', job(folder))).resolves.toMatchObject({ device: 'cpu' });
    });

    it('works while queued, with visible positions', async () => {
      const running = new AbortController();
      const queued = new AbortController();
      const positions: Record<string, (number | undefined)[]> = { b: [], c: [] };
      const watch = (name: 'b' | 'c') => (progress: JobProgress) => {
        if (progress.phase === 'queued') positions[name]!.push(progress.position);
        if (name === 'c') queued.abort();
      };
      const a = client.request('generate', job(folder, LONG), { signal: running.signal });
      const b = client.request('generate', job(folder), { signal: queued.signal, onProgress: watch('b') });
      const c = client.request('generate', job(folder), { onProgress: watch('c') });
      await expect(b).rejects.toMatchObject({ code: 'cancelled' });
      running.abort();
      await expect(a).rejects.toMatchObject({ code: 'cancelled' });
      await expect(c).resolves.toMatchObject({ device: 'cpu' });
      expect(positions).toEqual({ b: [1], c: [2, 1] });
    });

    it('"stop now" ends a step, removes the files, and the next call starts a new worker', async () => {
      const params = job(folder, LONG);
      let stopped: Promise<void> | undefined;
      const onProgress = afterFirstStep(() => {
        stopped = client.stopNow();
      });
      const call = client.request('generate', params, { onProgress });
      const queued = client.request('generate', job(folder));
      await Promise.all([
        expect(call).rejects.toMatchObject({ code: 'worker-gone', message: 'The worker was stopped.' }),
        expect(queued).rejects.toMatchObject({ code: 'worker-gone' }),
      ]);
      await stopped;
      expect(client.status.state).toBe('stopped');
      expect(filesIn(folder)).toEqual([]);
      await expect(client.request('generate', job(folder))).resolves.toMatchObject({ device: 'cpu' });
    });
  });

  describe('what the status bar shows', () => {
    it('follows the worker', async () => {
      const { client } = await startClient(options);
      const states: WorkerStatus['state'][] = [];
      client.onStatus(({ state }) => {
        if (state !== states.at(-1)) states.push(state);
      });
      expect(client.status).toEqual({ state: 'stopped' });
      await client.request('generate', job(folder));
      const { pid, ...status } = client.status;
      expect(status).toEqual({ state: 'ready', device: 'cpu' });
      expect(typeof pid).toBe('host' in options ? 'undefined' : 'number');
      await client.dispose();
      expect(states).toEqual(['starting', 'busy', 'ready', 'stopped']);
    });

    it('knows the devices and why the others were refused', async () => {
      const { chosen, devices } = await client.request('devices', { device: 'cpu' });
      expect(chosen).toBe('cpu');
      expect(devices.find(({ device }) => device === 'cpu')?.status).toBe('chosen');
      for (const { status, reason } of devices) if (status === 'refused') expect(reason).not.toBe('');
    });

    it.skipIf(process.platform === 'win32')('says why a forced device cannot be used', async () => {
      const call = client.request('generate', job(folder, { device: 'dml' }));
      await expect(call).rejects.toMatchObject({ code: 'device', message: containing("'dml'") });
    });
  });
});
