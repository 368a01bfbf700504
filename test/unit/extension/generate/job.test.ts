import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/domain/errors';
import { Job, randomSeed, type JobRunner, type StateChange } from '../../../../src/extension/generate/job';
import type { GenerateParams, GenerateResult, JobProgress } from '../../../../src/contract/worker-api';

const params: Omit<GenerateParams, 'jobId'> = {
  modelPath: '/m',
  modelId: 'm',
  device: 'auto',
  prompt: 'a fox',
  negativePrompt: '',
  seed: 7,
  count: 2,
  steps: 4,
  guidance: 3,
  outputDir: '/out',
  format: 'png',
  metadata: true,
  previews: true,
};

const finished = {
  variants: [0, 1].map((index) => ({
    index,
    seed: 7 + index,
    path: `/out/${index}.png`,
    width: 64,
    height: 64,
    recipe: {},
  })),
  notices: ['a notice'],
} as unknown as GenerateResult;

/** A job on a runner of the test's own, with the state after every change. */
async function runJob(
  runner: (job: Job, onProgress: (progress: JobProgress) => void, signal: AbortSignal) => Promise<GenerateResult>,
) {
  let state: StateChange = {};
  const phases: unknown[] = [];
  const job = new Job({
    params,
    uriOf: (file) => `uri:${file}`,
    onChange: (change) => {
      state = { ...state, ...change };
      phases.push(state.phase);
    },
  });
  const adapter: JobRunner = { generate: (_, signal, onProgress) => runner(job, onProgress, signal) };
  const result = await job.run(adapter);
  return { state, phases, result };
}

describe('a generation as the panel sees it', () => {
  it('shows a card for every variant at once, previews as they come, and the files at the end', async () => {
    const { state, phases } = await runJob((_, onProgress) => {
      onProgress({ jobId: '', phase: 'queued', position: 2 });
      onProgress({ jobId: '', phase: 'denoising', step: 1, steps: 4, previews: ['/out/p0.png', '/out/p1.png'] });
      return Promise.resolve(finished);
    });
    expect(phases).toEqual(['loading', 'queued', 'working', 'done']);
    expect(state.cards).toEqual([
      { index: 0, seed: 7, uri: 'uri:/out/0.png', finished: true },
      { index: 1, seed: 8, uri: 'uri:/out/1.png', finished: true },
    ]);
    expect(state.notices).toEqual(['a notice']);
  });

  it('keeps the previews when it fails, and says why', async () => {
    const { state, result } = await runJob((_, onProgress) => {
      onProgress({ jobId: '', phase: 'denoising', step: 1, steps: 4, previews: ['/out/p0.png', '/out/p1.png'] });
      return Promise.reject(new UserError('worker-gone', 'The worker was killed.'));
    });
    expect(result).toBeUndefined();
    expect(state).toMatchObject({ phase: 'failed', error: 'The worker was killed.' });
    expect(state.cards?.map(({ uri }) => uri)).toEqual(['uri:/out/p0.png', 'uri:/out/p1.png']);
  });

  it('passes Stop on as a cancelled signal and ends as stopped', async () => {
    const { state, phases } = await runJob(async (job, _, signal) => {
      job.stop();
      await Promise.resolve();
      expect(signal.aborted).toBe(true);
      throw new UserError('cancelled', 'The job was cancelled.');
    });
    expect(phases).toContain('stopping');
    expect(state).toMatchObject({ phase: 'stopped', canStopNow: false });
  });
});

describe('random seeds', () => {
  it('are short whole numbers that people can type', () => {
    for (let i = 0; i < 100; i++) {
      const seed = randomSeed();
      expect(Number.isSafeInteger(seed) && seed >= 0 && seed < 1e9).toBe(true);
    }
  });
});
