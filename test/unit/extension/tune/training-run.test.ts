import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/domain/errors';
import { TrainingRun, type RunState, type TrainingWorker } from '../../../../src/extension/tune/training-run';
import { continuedState, startedState } from '../../../../src/extension/tune/training-state';
import type { TuneProgress, TuneResult } from '../../../../src/contract/tune-api';
import type { RequestFor } from '../../../../src/product/training';

const goal = {
  kind: 'style',
  name: 'house',
  styleDir: '/w/.fourstep/styles/house',
  styleWord: 'house style',
  probes: ['rocket', 'cat'],
} as const;
const request: RequestFor<'style'> = {
  goal,
  modelPath: '/m',
  modelId: 'm',
  device: 'auto',
  folder: '/w/icons',
  currentColor: '#000',
  icons: [],
  root: '/w',
  replace: false,
  settings: { steps: 40 },
  resume: false,
};
const grid = (step: number) => ({ step, pictures: [`/p/${step}-0.png`, `/p/${step}-1.png`] });
const result: TuneResult = {
  path: goal.styleDir,
  steps: 40,
  bestStep: 30,
  loss: [{ step: 1, value: 2 }],
  gauge: [{ step: 0, value: 3 }],
  before: grid(0),
  after: grid(30),
  ended: 'finished',
  notices: [],
};

type Tune = (
  report: (progress: Omit<TuneProgress, 'jobId'>) => void,
  signal: AbortSignal,
  jobId: string,
) => Promise<TuneResult>;

/** A run on a worker of the test's own, with every state it went through. */
function start(tune: Tune, controls: unknown[] = []) {
  const worker: TrainingWorker = {
    tune: ({ jobId }, signal, onProgress) =>
      tune(
        (progress) => {
          onProgress({ jobId, ...progress });
        },
        signal,
        jobId,
      ),
    tuneControl: (params) => {
      controls.push(params);
      return Promise.resolve();
    },
  };
  const run = new TrainingRun({
    worker,
    request,
    begun: startedState({ ...goal, settings: request.settings }),
    folder: '.fourstep/styles/house',
    uriOf: (file) => `page:${file}`,
    explain: (error) => (error as Error).message,
  });
  const states: RunState[] = [];
  run.onChange((state) => states.push(state));
  return { run, states, done: run.run() };
}

describe('a training of the window', () => {
  it('collects loss and gauge, and pairs the pictures before with the newest ones', async () => {
    const { run, states, done } = start((report) => {
      report({ phase: 'training', probes: grid(0) });
      report({ phase: 'training', step: 1, steps: 40, loss: { step: 1, value: 2 }, secondsLeft: 9 });
      report({ phase: 'training', gauge: { step: 1, value: 3 } });
      report({ phase: 'training', probes: grid(20) });
      return Promise.resolve(result);
    });
    await done;
    expect(states.at(-2)).toMatchObject({
      step: 1,
      loss: [{ step: 1, value: 2 }],
      gauge: [{ step: 1, value: 3 }],
      probeStep: 20,
      probes: [
        { name: 'rocket', before: 'page:/p/0-0.png?step=0', after: 'page:/p/20-0.png?step=20' },
        { name: 'cat', before: 'page:/p/0-1.png?step=0', after: 'page:/p/20-1.png?step=20' },
      ],
    });
    expect(run.state).toMatchObject({ screen: 'finished', bestStep: 30, folder: '.fourstep/styles/house' });
    expect(run.running).toBe(false);
  });

  it('says why it failed, and that it can go on', async () => {
    const { run, done } = start(() => Promise.reject(new UserError('io', 'the disk is full')));
    await done;
    expect(run.state).toEqual({ screen: 'failed', error: 'the disk is full', canResume: true });
  });

  it('passes pause and stop on, and shows that it is stopping until it has', async () => {
    const controls: unknown[] = [];
    let finish: (result: TuneResult) => void = () => undefined;
    let report: (progress: Omit<TuneProgress, 'jobId'>) => void = () => undefined;
    const { run, done } = start((reporter) => {
      report = reporter;
      return new Promise((resolve) => {
        finish = resolve;
      });
    }, controls);
    report({ phase: 'training', step: 3 });
    await run.act('pause');
    await run.act('stop');
    report({ phase: 'training', step: 4 });
    expect(run.state).toMatchObject({ phase: 'stopping', step: 4 });
    expect(controls).toMatchObject([{ action: 'pause' }, { action: 'stop' }]);
    finish({ ...result, ended: 'stopped' });
    await done;
    expect(run.state).toMatchObject({ screen: 'finished', ended: 'stopped' });
  });

  it('is silent about its end when it is discarded', async () => {
    const { run, done } = start(
      (_report, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new UserError('cancelled', 'cancelled'));
          });
        }),
    );
    run.discard();
    await expect(done).resolves.toBeUndefined();
  });
});

describe('a training that goes on', () => {
  it('has its curves and pictures at once', () => {
    const { modelId, currentColor, icons, name, styleWord, probes, settings } = { ...request, ...goal };
    const saved = { kind: 'style', modelId, currentColor, icons, name, styleWord, probes, settings } as const;
    const state = continuedState(
      { saved, step: 20, steps: 40, loss: result.loss, gauge: result.gauge, before: grid(0), latest: grid(20) },
      (file) => file,
    );
    expect(state).toMatchObject({ step: 20, steps: 40, loss: result.loss, probeStep: 20 });
    expect(state.probes[0]).toEqual({ name: 'rocket', before: '/p/0-0.png?step=0', after: '/p/20-0.png?step=20' });
  });
});
