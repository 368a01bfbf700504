import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WorkerClient } from '../../../../src/host/worker-client';
import { readCheckpoint, saveCheckpoint } from '../../../../src/engine/training/checkpoint';
import type { TuneProgress } from '../../../../src/contract/tune-api';
import { BUILT_IN_MODEL } from '../../../support/built-in-model';
import { seededRandom } from '../../../support/random';
import { containing, matching } from '../../../support/matching';
import { writeTinyModel } from '../../../support/tiny-pipeline';
import { styleAt, tuneSetup, type StyleParams, type TuneSetup } from '../../../support/tuning';
import { startClient, temporaryFolder } from '../../../support/worker-harness';

let client: WorkerClient;
let setup: TuneSetup;
beforeAll(async () => {
  ({ client } = await startClient());
});
afterAll(() => client.dispose());
beforeEach(async () => {
  setup = await tuneSetup();
});

const weightsOf = ({ goal }: StyleParams): Buffer => readFileSync(path.join(goal.styleDir, 'lora.safetensors'));

/** Runs until the third step, then suspends: what is on disk is a training that can go on. */
async function suspended(request: StyleParams): Promise<void> {
  const { jobId } = request;
  const onProgress = ({ loss }: TuneProgress): void => {
    if (loss?.step === 3) void client.request('tuneControl', { jobId, action: 'suspend' });
  };
  await expect(client.request('tune', request, { onProgress })).rejects.toMatchObject({ code: 'cancelled' });
}

describe('a worker that is killed again and again while it trains', () => {
  it(
    'ends with the weights of an undisturbed one, bit for bit, after 20 kills at random moments',
    { timeout: 600_000 },
    async () => {
      // More than twenty short lives make.
      const settings = { steps: 400, checkpointEvery: 2 };
      const whole = setup.params({ styleDir: path.join(setup.folder, 'whole'), settings });
      const undisturbed = await client.request('tune', whole);
      const request = setup.params({ settings });
      const random = seededRandom(20);
      let steps = 0;
      for (let kill = 0; kill < 20; kill++) {
        const after = kill % 2 === 0 ? 'steps' : 'reports';
        steps = Math.max(steps, await runAndKill({ ...request, resume: kill > 0 }, after, random));
      }
      expect(steps).toBeGreaterThan(10);
      const result = await client.request('tune', { ...request, resume: true });
      const { steps: made, ended, loss, gauge } = undisturbed;
      expect(result).toMatchObject({ steps: made, ended, loss, gauge });
      expect(weightsOf(request).equals(weightsOf(whole))).toBe(true);
    },
  );

  /** Kills after a few steps, or after any of the first reports, and up to 60 ms; returns the last step that was reported. */
  async function runAndKill(request: StyleParams, after: 'steps' | 'reports', random: () => number): Promise<number> {
    const { client: victim } = await startClient();
    let left = after === 'steps' ? 2 + Math.floor(5 * random()) : Math.floor(20 * random());
    let last = 0;
    const onProgress = ({ loss }: TuneProgress): void => {
      last = loss?.step ?? last;
      if (after === 'steps' && loss === undefined) return;
      if (left-- === 0) setTimeout(() => process.kill(victim.status.pid!, 'SIGKILL'), 60 * random());
    };
    await expect(victim.request('tune', request, { onProgress })).rejects.toMatchObject({ code: 'worker-gone' });
    await victim.dispose();
    return last;
  }
});

describe('a worker that is killed while it trains as it usually does', () => {
  it('has lost five steps at most', async () => {
    const { client: victim } = await startClient();
    const request = setup.params({ settings: { steps: 100_000 } });
    let reached = 0;
    const onProgress = ({ loss }: TuneProgress): void => {
      reached = loss?.step ?? reached;
      if (reached === 24) process.kill(victim.status.pid!, 'SIGKILL');
    };
    await expect(victim.request('tune', request, { onProgress })).rejects.toMatchObject({ code: 'worker-gone' });
    await victim.dispose();
    const { unfinished } = await client.request('tuneStatus', styleAt(request.goal.styleDir));
    expect(reached).toBeGreaterThanOrEqual(24);
    expect(reached - unfinished!.step).toBeLessThanOrEqual(5);
  });
});

describe('a training that goes on', () => {
  it('may be asked for more steps', async () => {
    const request = setup.params({ settings: { steps: 30 } });
    await suspended(request);
    const result = await client.request('tune', { ...request, resume: true, settings: { steps: 35 } });
    expect(result).toMatchObject({ steps: 35, ended: 'finished' });
  });

  it('may have been moved together with its icons and model', async () => {
    await suspended(setup.params({ settings: { steps: 30 } }));
    const moved = temporaryFolder();
    cpSync(setup.folder, moved, { recursive: true });
    rmSync(setup.folder, { recursive: true });
    const styleDir = path.join(moved, '.fourstep/styles/house');
    const { unfinished } = await client.request('tuneStatus', styleAt(styleDir));
    const there = { modelPath: path.join(moved, 'model'), folder: path.join(moved, 'icons'), root: moved };
    const { kind, name, styleWord, probes, ...saved } = unfinished!.saved;
    expect(kind).toBe('style');
    const goal = { kind: 'style', styleDir, name, styleWord, probes } as const;
    const params = { ...setup.params(), ...saved, ...there, goal, jobId: 'moved', resume: true };
    await expect(client.request('tune', params)).resolves.toMatchObject({ path: styleDir, steps: 30 });
    expect(existsSync(path.join(setup.folder, '.fourstep'))).toBe(false);
  });

  it('is refused when the base model has changed, which is named', async () => {
    const request = setup.params({ settings: { steps: 30 } });
    await suspended(request);
    await writeTinyModel(setup.modelPath, 2);
    await expect(client.request('tune', { ...request, resume: true })).rejects.toMatchObject({
      code: 'bad-request',
      message: containing('the base model has other weights. Put back what changed'),
    });
    await writeTinyModel(setup.modelPath, 1);
    await expect(client.request('tune', { ...request, resume: true })).resolves.toMatchObject({ steps: 30 });
  });

  it('is refused when the base model is gone', async () => {
    const request = setup.params({ settings: { steps: 30 } });
    await suspended(request);
    rmSync(setup.modelPath, { recursive: true });
    const call = client.request('tune', { ...request, resume: true });
    await expect(call).rejects.toMatchObject({ message: containing(setup.modelPath) });
  });

  it.each([
    ['a checkpoint that is cut off', 'checkpoint.safetensors', 'bad-checkpoint'],
    ['examples that are cut off', 'examples.safetensors', 'bad-checkpoint'],
    ['a request that is cut off', 'request.json', 'bad-checkpoint'],
  ])('is refused with %s', async (_what, name, code) => {
    const request = setup.params({ settings: { steps: 30 } });
    await suspended(request);
    const file = path.join(request.goal.styleDir, 'training', name);
    truncateSync(file, 50);
    await expect(client.request('tune', { ...request, resume: true })).rejects.toMatchObject({
      code,
      message: containing(file),
    });
  });

  it('is refused when there is none', async () => {
    const call = client.request('tune', setup.params({ resume: true }));
    await expect(call).rejects.toMatchObject({ code: 'not-found', message: containing('no unfinished training') });
  });

  it('keeps no path and no permission in its record', async () => {
    const request = setup.params({ settings: { steps: 30 }, replace: true });
    await suspended(request);
    const text = readFileSync(path.join(request.goal.styleDir, 'training/request.json'), 'utf8');
    expect(text).not.toContain(setup.folder);
    expect(Object.keys(JSON.parse(text) as object)).not.toContain('replace');
  });
});

describe('the record of an unfinished training in somebody else’s repository', () => {
  let request: StyleParams;
  let victim: string;
  beforeEach(async () => {
    request = setup.params({ settings: { steps: 30 } });
    await suspended(request);
    victim = path.join(temporaryFolder(), 'authorized_keys');
    writeFileSync(victim, 'ssh-ed25519 mine');
  });

  function edited(changes: object): void {
    const file = path.join(request.goal.styleDir, 'training/request.json');
    const saved = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...saved, ...changes }));
  }

  const goOn = (): Promise<unknown> => client.request('tune', { ...request, jobId: 'victim', resume: true });

  it.each([
    ['a file to write', () => ({ distill: { out: victim } })],
    ['leave to replace it', () => ({ replace: true, distill: { out: victim } })],
    ['another place for the style', () => ({ styleDir: path.dirname(victim) })],
    ['another model', () => ({ modelPath: path.dirname(victim) })],
    ['other icons', () => ({ folder: path.dirname(victim) })],
    ['the root of it all', () => ({ root: '/' })],
  ])('that names %s is refused, and nothing is written', async (_what, changes) => {
    edited(changes());
    await expect(goOn()).rejects.toMatchObject({ code: 'bad-checkpoint', message: containing('is damaged') });
    const status = client.request('tuneStatus', styleAt(request.goal.styleDir));
    await expect(status).resolves.toEqual({ finished: false, damaged: containing('request.json') });
    expect(readFileSync(victim, 'utf8')).toBe('ssh-ed25519 mine');
    expect(readdirSync(path.dirname(victim))).toEqual(['authorized_keys']);
  });

  it('that says it is a distillation does not go on as a style', async () => {
    edited({ kind: 'distillation' });
    await expect(goOn()).rejects.toMatchObject({ code: 'bad-request', message: containing('holds a distillation') });
  });

  it('of a style does not go on as a distillation', async () => {
    const out = path.join(setup.folder, 'few.safetensors');
    cpSync(request.goal.styleDir, `${out}.training`, { recursive: true });
    const goal = { kind: 'distillation', out } as const;
    const call = client.request('tune', { ...request, jobId: 'other', resume: true, goal });
    await expect(call).rejects.toMatchObject({ message: containing('holds the training of a style, not a distill') });
    expect(existsSync(out)).toBe(false);
  });

  it.each([
    ['settings beyond reason', { settings: { steps: 30, rank: 1e9 } }],
    ['icons that are none', { icons: [{ id: 5 }] }],
    ['a number as its name', { name: 7 }],
  ])('with %s is refused', async (_what, changes) => {
    edited(changes);
    await expect(goOn()).rejects.toMatchObject({ code: 'bad-checkpoint', message: containing('is damaged') });
  });

  it('of half a gigabyte is refused without being read', async () => {
    truncateSync(path.join(request.goal.styleDir, 'training/request.json'), 2 ** 29);
    await expect(goOn()).rejects.toMatchObject({ code: 'bad-checkpoint' });
  });

  it('names icons only in the folder that the user names', async () => {
    rmSync(path.join(request.goal.styleDir, 'training/examples.safetensors'));
    writeFileSync(path.join(setup.folder, 'outside.svg'), readFileSync(path.join(setup.icons, 'shape-a.svg')));
    edited({ icons: request.icons.map((icon, index) => (index === 0 ? { ...icon, id: '../outside.svg' } : icon)) });
    await expect(goOn()).rejects.toMatchObject({ code: 'not-found', message: containing('There is no icon') });
  });

  it('with matrices or pictures of another training is refused', async () => {
    const other = setup.params({ styleDir: path.join(setup.folder, 'other'), settings: { steps: 30, rank: 4 } });
    await suspended(other);
    const training = path.join(request.goal.styleDir, 'training');
    const theirs = await readCheckpoint(path.join(other.goal.styleDir, 'training/checkpoint.safetensors'));
    const { record } = await readCheckpoint(path.join(training, 'checkpoint.safetensors'));
    await saveCheckpoint(path.join(training, 'checkpoint.safetensors'), { ...theirs, record });
    await expect(goOn()).rejects.toMatchObject({
      code: 'bad-checkpoint',
      message: containing('does not belong to this training'),
    });
  });
});

describe('a base model that changes while it is trained on', () => {
  /** Enough for all files to be written before the end: one that is just being written has a message of its own. */
  const STEPS = 60;

  it('gives no style that would fit nothing; put back, the training ends well', async () => {
    const request = setup.params({ settings: { steps: STEPS } });
    let changed: Promise<unknown> | undefined;
    const onProgress = ({ loss }: TuneProgress): void => {
      if (loss?.step === 1) changed = writeTinyModel(setup.modelPath, 2);
    };
    await expect(client.request('tune', request, { onProgress })).rejects.toMatchObject({
      code: 'bad-request',
      message: matching(/has changed while it was trained on\. The training is saved/),
    });
    await changed;
    expect(existsSync(path.join(request.goal.styleDir, 'style.json'))).toBe(false);
    await writeTinyModel(setup.modelPath, 1);
    await expect(client.request('tune', { ...request, resume: true })).resolves.toMatchObject({ steps: STEPS });
  });
});

describe('a learning rate beyond reason', () => {
  it('ends the training with advice, keeps its last checkpoint and makes no style', async () => {
    // A model that knows something: answers of a random one cannot become much worse.
    const request = setup.params({
      modelPath: BUILT_IN_MODEL,
      settings: { steps: 400, learningRate: 1, checkpointEvery: 1 },
    });
    await expect(client.request('tune', request)).rejects.toMatchObject({
      code: 'bad-request',
      message: matching(/became unstable.*lower learning rate/),
    });
    expect(existsSync(path.join(request.goal.styleDir, 'training/checkpoint.safetensors'))).toBe(true);
    expect(existsSync(path.join(request.goal.styleDir, 'style.json'))).toBe(false);
    await expect(client.request('tune', setup.params({ replace: true }))).resolves.toMatchObject({ steps: 6 });
  });
});

/** A small file system of its own; false where this user may not mount one. */
function mountTmpfs(folder: string, options: string): boolean {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const small = path.join(temporaryFolder(), 'small');
const canMount = process.platform === 'linux' && mountTmpfs(small, 'size=1m');

describe.skipIf(!canMount)('on a disk that is full at a checkpoint (needs the right to mount)', () => {
  afterAll(() => {
    execFileSync('umount', [small]);
  });

  it('the training ends with the reason, the checkpoint before stays, and it goes on when there is room', async () => {
    const styleDir = path.join(small, 'house');
    const filler = path.join(small, 'filler');
    // The worker goes on while the news of a step travels, so the next checkpoint is far away.
    const settings = { steps: 60, checkpointEvery: 20 };
    const whole = setup.params({ settings });
    await client.request('tune', whole);
    const request = setup.params({ styleDir, settings });
    const onProgress = ({ loss }: TuneProgress): void => {
      if (loss?.step === 21) fill(filler);
    };
    await expect(client.request('tune', request, { onProgress })).rejects.toMatchObject({
      code: 'io',
      message: containing('the disk is full. Free some space'),
    });
    const { unfinished } = await client.request('tuneStatus', styleAt(styleDir));
    expect(unfinished).toMatchObject({ step: 20 });
    rmSync(filler);
    await expect(client.request('tune', { ...request, resume: true })).resolves.toMatchObject({ steps: 60 });
    expect(weightsOf(request).equals(weightsOf(whole))).toBe(true);
  });

  function fill(file: string): void {
    for (let size = 2 ** 20; size > 0; size -= 4096) {
      try {
        writeFileSync(file, Buffer.alloc(size));
        return;
      } catch {
        // Less fits.
      }
    }
  }
});
