import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StyleFile } from '../../../../src/contract/style-file';
import type { WorkerClient } from '../../../../src/host/worker-client';
import { readStyles } from '../../../../src/catalog/styles';
import type { TuneProgress, TuneResult } from '../../../../src/contract/tune-api';
import { containing, matching } from '../../../support/matching';
import { endless, filesUnder, styleAt, tuneSetup, type TuneSetup } from '../../../support/tuning';
import { job, startClient, temporaryFolder } from '../../../support/worker-harness';

let client: WorkerClient;
let setup: TuneSetup;
beforeAll(async () => {
  ({ client } = await startClient());
});
afterAll(() => client.dispose());
beforeEach(async () => {
  setup = await tuneSetup();
});

/** Calls `then` once, when the training has done `step` steps. */
function atStep(step: number, then: () => unknown): (progress: TuneProgress) => void {
  let done = false;
  return ({ loss }) => {
    if (done || (loss?.step ?? 0) < step) return;
    done = true;
    then();
  };
}

const FEW_HELD_OUT = matching(/^Only 2 icons are held out\. The gauge needs 5 to choose the best step, /);

describe('a training', () => {
  it('turns a folder of icons into a style with weights, description and samples, and leaves nothing else', async () => {
    const { params } = setup;
    const progress: TuneProgress[] = [];
    const request = params();
    const result = await client.request('tune', request, { onProgress: (each) => progress.push(each) });
    expect(result).toMatchObject({ path: request.goal.styleDir, steps: 6, bestStep: 6, ended: 'finished' });
    expect(result.notices).toEqual([FEW_HELD_OUT]);
    expect(result.loss.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(result.gauge.map(({ step }) => step)).toEqual([0, 6]);
    const files = ['lora.safetensors', 'samples/1-after.png', 'samples/1-before.png', 'style.json'];
    expect(filesUnder(request.goal.styleDir)).toEqual(files);
    const { styles, problems } = await readStyles(setup.folder);
    expect(problems).toEqual([]);
    expect(styles).toMatchObject([
      {
        name: 'house',
        file: {
          model: { id: 'tiny', sha256: matching(/^[0-9a-f]{64}$/) },
          styleWord: 'house style',
          rank: 2,
          seed: 1,
          samples: [{ prompt: 'rocket, house style', before: 'samples/1-before.png', after: 'samples/1-after.png' }],
        },
      },
    ]);
    expect([...new Set(progress.map(({ phase }) => phase))]).toEqual(['loading', 'preparing', 'training', 'saving']);
    expect(progress.at(-2)).toMatchObject({ device: 'cpu', steps: 6 });
  });

  it('gives the same bytes when it is done again, and others with another seed', async () => {
    const { params, folder } = setup;
    const weights: Buffer[] = [];
    for (const [name, seed] of [
      ['a', 1],
      ['b', 1],
      ['c', 2],
    ] as const) {
      const { path: styleDir } = await client.request(
        'tune',
        params({ styleDir: path.join(folder, name), settings: { seed } }),
      );
      weights.push(readFileSync(path.join(styleDir, 'lora.safetensors')));
    }
    expect(weights[1]!.equals(weights[0]!)).toBe(true);
    expect(weights[2]!.equals(weights[0]!)).toBe(false);
  });

  it('replaces a finished style only when that is asked for', async () => {
    const { params } = setup;
    const { path: styleDir } = await client.request('tune', params({ settings: { steps: 1 } }));
    const refused = client.request('tune', params());
    await expect(refused).rejects.toMatchObject({ code: 'bad-request', message: containing('"house" exists') });
    await client.request('tune', params({ replace: true, probes: ['cat', 'dog'], settings: { steps: 2 } }));
    const style = JSON.parse(readFileSync(path.join(styleDir, 'style.json'), 'utf8')) as StyleFile;
    expect(style).toMatchObject({ steps: 2 });
    expect(filesUnder(styleDir)).toHaveLength(6);
  });

  it('says which captions are longer than the model reads', async () => {
    const [first, ...others] = setup.params().icons;
    const icons = [{ ...first!, caption: 'long '.repeat(2000) }, ...others];
    const { notices } = await client.request('tune', setup.params({ icons, settings: { steps: 1 } }));
    const tooLong = matching(/^The caption of shape-a\.svg is longer .* left out: "long long .*…"\.$/);
    expect(notices).toEqual([tooLong, FEW_HELD_OUT]);
  });

  it.each([
    ['no icon', [], 'There are 0 icons to learn from; a style needs at least 5'],
    ['one icon', ['shape-a.svg'], 'There are 1 icons to learn from'],
  ])('of %s is refused with advice', async (_what, ids, message) => {
    const icons = ids.map((id) => ({ id, caption: 'x', heldOut: false }));
    const call = client.request('tune', setup.params({ icons }));
    await expect(call).rejects.toMatchObject({ code: 'bad-request', message: containing(message) });
    expect(existsSync(setup.params().goal.styleDir)).toBe(false);
  });

  it.each([
    ['an empty caption', { caption: ' ' }, 'The caption of shape-a.svg is empty'],
    ['an icon that comes twice', { id: 'shape-b.svg' }, 'shape-b.svg is in the set twice'],
  ])('with %s is refused', async (_what, change, message) => {
    const [first, ...others] = setup.params().icons;
    const call = client.request('tune', setup.params({ icons: [{ ...first!, ...change }, ...others] }));
    await expect(call).rejects.toMatchObject({ code: 'bad-request', message: containing(message) });
  });

  it.each([
    ['that is gone', 'gone.svg', 'not-found', 'There is no icon'],
    ['that leads out of the folder', '../model/unet/config.svg', 'not-found', 'There is no icon'],
    ['that is broken', 'broken.svg', 'bad-image', 'broken.svg cannot be used: it is damaged'],
  ])('with an icon %s fails naming it', async (_what, id, code, message) => {
    writeFileSync(path.join(setup.icons, 'broken.svg'), '<svg');
    const icons = [...setup.params().icons, { id, caption: 'x', heldOut: false }];
    const call = client.request('tune', setup.params({ icons }));
    await expect(call).rejects.toMatchObject({ code, message: containing(message) });
  });

  it('with settings out of their range is refused naming them', async () => {
    const call = client.request('tune', setup.params({ settings: { rank: 0 } }));
    await expect(call).rejects.toMatchObject({ code: 'bad-request', message: containing('rank is 0') });
  });
});

describe('while a training runs', () => {
  it('a second one is refused, and pictures are made between its steps', async () => {
    const request = endless(setup);
    const order: string[] = [];
    let others: Promise<unknown> | undefined;
    const onProgress = atStep(2, () => {
      others = Promise.allSettled([
        client.request('tune', setup.params({ styleDir: path.join(setup.folder, 'other') })),
        client
          .request('generate', job(temporaryFolder(), { modelPath: setup.modelPath, modelId: 'tiny' }))
          .then((result) => (order.push('picture'), result)),
      ]).finally(() => client.request('tuneControl', { jobId: request.jobId, action: 'stop' }));
    });
    const result = await client.request('tune', request, { onProgress });
    order.push('training');
    expect(await others).toMatchObject([
      { status: 'rejected', reason: { code: 'bad-request', message: containing('A training is running already') } },
      { status: 'fulfilled', value: { variants: [{ index: 0 }] } },
    ]);
    expect(order).toEqual(['picture', 'training']);
    expect(result.ended).toBe('stopped');
  });

  it('pause holds it, resume lets it go on, stop makes a style of what was learned', async () => {
    const request = endless(setup);
    const control = (action: 'pause' | 'resume' | 'stop'): Promise<unknown> =>
      client.request('tuneControl', { jobId: request.jobId, action });
    const phases: string[] = [];
    let stepsWhilePaused = 0;
    let paused = false;
    const training = client.request('tune', request, {
      onProgress: ({ phase, loss }) => {
        if (phases.at(-1) !== phase) phases.push(phase);
        if (paused && loss !== undefined) stepsWhilePaused++;
        if (loss?.step === 2) void control('pause');
        if (phase === 'paused') {
          paused = true;
          setTimeout(() => {
            paused = false;
            void control('resume');
          }, 500);
        }
        if (loss?.step === 5) void control('stop');
      },
    });
    const result: TuneResult = await training;
    expect(phases).toEqual(['loading', 'preparing', 'training', 'paused', 'training', 'saving']);
    expect(stepsWhilePaused).toBe(0);
    expect(result.ended).toBe('stopped');
    expect(result.steps).toBeLessThan(20);
    expect(filesUnder(request.goal.styleDir)).toContain('style.json');
    await expect(control('stop')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('suspend saves it, and it goes on to the same end as if nothing had been', async () => {
    const whole = setup.params({ styleDir: path.join(setup.folder, 'whole'), settings: { steps: 40 } });
    await client.request('tune', whole);
    const request = setup.params({ settings: { steps: 40 } });
    const { jobId, goal } = request;
    const { styleDir } = goal;
    const onProgress = atStep(3, () => client.request('tuneControl', { jobId, action: 'suspend' }));
    const call = client.request('tune', request, { onProgress });
    await expect(call).rejects.toMatchObject({ code: 'cancelled', message: containing('is saved and can go on') });
    const { unfinished } = await client.request('tuneStatus', styleAt(styleDir));
    expect(unfinished).toMatchObject({ steps: 40, saved: { kind: 'style', name: 'house' }, before: { step: 0 } });
    expect(unfinished!.step).toBeLessThan(40);
    const again = await client.request('tune', { ...request, jobId: 'again', resume: true });
    expect(again).toMatchObject({ steps: 40, ended: 'finished' });
    expect(again.loss.map(({ step }) => step)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    const weights = [whole.goal.styleDir, styleDir].map((folder) =>
      readFileSync(path.join(folder, 'lora.safetensors')),
    );
    expect(weights[1]!.equals(weights[0]!)).toBe(true);
  });

  it.each([
    ['while it trains', 3],
    ['while it is prepared', 0],
  ])('cancelling it %s discards it', async (_when, step) => {
    const request = endless(setup);
    const stop = new AbortController();
    const abort = (): void => {
      stop.abort();
    };
    const whilePrepared = ({ phase }: TuneProgress): void => {
      if (phase === 'preparing') abort();
    };
    const onProgress = step === 0 ? whilePrepared : atStep(step, abort);
    const call = client.request('tune', request, { signal: stop.signal, onProgress });
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
    // The reply comes at once; the worker cleans up after the step it is in.
    await expect.poll(() => existsSync(request.goal.styleDir), { timeout: 20_000 }).toBe(false);
    await expect(client.request('tuneStatus', styleAt(request.goal.styleDir))).resolves.toEqual({ finished: false });
  });

  it('disposing of its client saves it', async () => {
    const { client: other } = await startClient();
    const request = endless(setup);
    let disposed: Promise<void> | undefined;
    const onProgress = atStep(2, () => (disposed = other.dispose()));
    await expect(other.request('tune', request, { onProgress })).rejects.toMatchObject({ code: 'worker-gone' });
    await disposed;
    const { unfinished } = await client.request('tuneStatus', styleAt(request.goal.styleDir));
    expect(unfinished!.step).toBeGreaterThan(0);
    expect(filesUnder(path.join(request.goal.styleDir, 'training'))).not.toContain('owner');
  });

  it('another process is not let into its folder', async () => {
    const { client: other } = await startClient();
    const request = endless(setup);
    const refusals: unknown[] = [];
    const tryIt = async (): Promise<void> => {
      for (const how of [{ replace: true }, { resume: true }]) {
        const call = other.request('tune', { ...request, jobId: 'other', ...how });
        refusals.push(await call.catch((error: unknown) => error));
      }
      await client.request('tuneControl', { jobId: request.jobId, action: 'stop' });
    };
    let tried: Promise<void> | undefined;
    await client.request('tune', request, { onProgress: atStep(1, () => (tried = tryIt())) });
    await tried;
    const reason = {
      code: 'bad-request',
      message: matching(/^Process \d+ is training the style "house" already\. Wait for it/),
    };
    expect(refusals).toMatchObject([reason, reason]);
    await other.dispose();
  });
});

describe('the status of a place', () => {
  it('says who trains there, and waits until a worker that is let go has saved what it has', async () => {
    const { client: owner } = await startClient();
    const request = endless(setup);
    const where = styleAt(request.goal.styleDir);
    const trains = new Promise<void>((resolve) => {
      owner.request('tune', request, { onProgress: atStep(2, resolve) }).catch(() => undefined);
    });
    await trains;
    const { pid } = owner.status;
    await expect(owner.request('tuneStatus', where)).resolves.toMatchObject({ owner: { where: 'this-worker', pid } });
    const theirs = { owner: { where: 'another-process', pid } };
    await expect(client.request('tuneStatus', { ...where, freeWithin: 0.3 })).resolves.toMatchObject(theirs);
    const free = client.request('tuneStatus', { ...where, freeWithin: 60 });
    await owner.dispose();
    await expect(free).resolves.not.toHaveProperty('owner');
    await expect(free).resolves.toMatchObject({ finished: false, unfinished: { saved: { kind: 'style' } } });
  });

  it('is refused a wait without end', async () => {
    const where = styleAt(setup.params().goal.styleDir);
    await expect(client.request('tuneStatus', { ...where, freeWithin: 1e6 })).rejects.toMatchObject({
      code: 'bad-request',
    });
  });
});

describe('a plan', () => {
  it('is reckoned from one picture before the first training, and from that training afterwards', async () => {
    const { client: other } = await startClient();
    const { modelPath } = setup;
    const plan = { modelPath, device: 'cpu', icons: 10, settings: { steps: 100, rank: 4 } } as const;
    const before = await other.request('tunePlan', plan);
    expect(before).toMatchObject({ measured: false, settings: { steps: 100, rank: 4, alpha: 4, batchSize: 8 } });
    expect(before.seconds).toBeGreaterThan(0);
    expect(before.memoryBytes).toBeGreaterThan(0);
    await other.request('tune', setup.params());
    await expect(other.request('tunePlan', plan)).resolves.toMatchObject({ measured: true });
    await other.dispose();
  });

  it('has more steps for more icons', async () => {
    const steps = async (icons: number): Promise<number> => {
      const { modelPath } = setup;
      return (await client.request('tunePlan', { modelPath, device: 'cpu', icons, settings: {} })).settings.steps;
    };
    expect(await steps(200)).toBeGreaterThan(await steps(10));
  });
});
