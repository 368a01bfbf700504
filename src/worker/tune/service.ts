/** The worker's handlers for fine-tuning: one training at a time, in between which other jobs are served. */
import { UserError } from '../../domain/errors';
import { isFile } from '../../files/kind-of-path';
import { readCheckpoint } from '../../engine/training/checkpoint';
import type { WorkerHandlers } from '../../rpc/server';
import type {
  ProbeGrid,
  SavedTraining,
  TuneMethod,
  TuneParams,
  TuneProgress,
  TuneResult,
  TuneStatusResult,
} from '../../contract/tune-api';
import type { Engine } from '../engine';
import type { IdleTimer } from '../idle';
import type { JobQueue } from '../jobs';
import { Suspended, TuneControl } from './control';
import { GOAL_NAMES, trainingRequest, type TrainingRequest } from './goal';
import type { IconSource } from './icon-source';
import { factsOf } from './model-facts';
import { TunePlanner } from './plan';
import { TuneJob } from './tune-job';
import { TrainingFolder } from './training-folder';
import { checkIcons, settingsOf } from './tune-settings';

export interface TuneServiceOptions {
  readonly engine: Engine;
  readonly queue: JobQueue;
  readonly idle: IdleTimer;
  readonly icons: IconSource;
  readonly cacheFolder: string;
  readonly onProgress: (progress: TuneProgress) => void;
  readonly log: (message: string) => void;
}

type TuneMethods = Pick<WorkerHandlers, TuneMethod>;

interface Running {
  readonly jobId: string;
  readonly control: TuneControl;
  readonly done: Promise<unknown>;
}

export class TuneService {
  #running: Running | undefined;

  constructor(private readonly options: TuneServiceOptions) {}

  readonly handlers: TuneMethods = {
    scanIcons: (params, { signal }) =>
      this.options.idle.during(async () => {
        return this.options.icons.scan(params, await factsOf(params.modelPath), signal);
      }),
    tunePlan: (params, { signal }) =>
      this.options.idle.during(() => new TunePlanner(this.options).plan(params, signal)),
    tune: (params, { signal }) => this.#start(params, signal),
    tuneControl: ({ jobId, action }) => {
      if (this.#running?.jobId !== jobId) {
        return Promise.reject(new UserError('not-found', 'That training is not running any more.'));
      }
      this.#running.control.act(action);
      return Promise.resolve({});
    },
    tuneStatus: ({ styleDir }) => this.#status(styleDir),
  };

  /** Saves a running training, for a process that is about to end. */
  async leave(): Promise<void> {
    this.#running?.control.act('suspend');
    await this.#running?.done.catch(() => undefined);
  }

  async #start(params: TuneParams, signal: AbortSignal): Promise<TuneResult> {
    if (this.#running !== undefined) {
      throw new UserError('bad-request', 'A training is running already. Wait for it, or stop it first.');
    }
    const control = new TuneControl(signal, (paused) => {
      this.options.onProgress({ jobId: params.jobId, phase: paused ? 'paused' : 'training' });
    });
    const done = this.options.idle.during(() => this.#run(params, control, signal));
    this.#running = { jobId: params.jobId, control, done };
    try {
      return await done;
    } finally {
      this.#running = undefined;
    }
  }

  async #run({ jobId, resume, ...params }: TuneParams, control: TuneControl, signal: AbortSignal): Promise<TuneResult> {
    const { engine, queue, icons, cacheFolder, onProgress, log } = this.options;
    const asked = trainingRequest(params);
    const folder = new TrainingFolder(asked.styleDir, asked.root);
    const request = await opened(folder, asked, resume);
    try {
      const device = await queue.run(() => engine.devices.choose(request.device), { signal });
      const job = new TuneJob({
        request,
        folder,
        resume,
        device,
        cacheFolder,
        icons,
        control,
        signal,
        identity: (model) => engine.model.identity(model),
        turn: (work) => queue.run(work, { signal }),
        onProgress: (progress) => {
          onProgress({ jobId, ...progress });
        },
      });
      const result = await job.run();
      log(`Trained ${request.name}: ${result.steps} steps on ${device}, best at ${result.bestStep}.`);
      return result;
    } catch (error) {
      // Discarding is the only way to lose what was learned.
      if (signal.aborted && !(error instanceof Suspended)) await folder.remove();
      else await folder.release();
      throw error;
    }
  }

  async #status(styleDir: string): Promise<TuneStatusResult> {
    const folder = new TrainingFolder(styleDir, styleDir);
    if (!(await folder.exists())) return {};
    const saved = await folder.saved();
    const { steps } = settingsOf(saved);
    if (!(await isFile(folder.checkpoint))) return { unfinished: { saved, step: 0, steps, loss: [], gauge: [] } };
    const { state, record } = await readCheckpoint(folder.checkpoint);
    const before = await folder.probes(0, saved.probes.length);
    const latest = await folder.latestProbes(saved.probes.length);
    return {
      unfinished: { saved, step: state.step, steps, loss: record.loss, gauge: record.gauge, ...grids(before, latest) },
    };
  }
}

function grids(
  before: ProbeGrid | undefined,
  latest: ProbeGrid | undefined,
): { before?: ProbeGrid; latest?: ProbeGrid } {
  return { ...(before === undefined ? {} : { before }), ...(latest === undefined ? {} : { latest }) };
}

/**
 * A new training, or the one that is there. More steps may be asked of it; icons, captions and the other settings are those it began
 * with. Paths and permissions are always those of this request, never the record's.
 */
async function opened(folder: TrainingFolder, asked: TrainingRequest, resume: boolean): Promise<TrainingRequest> {
  settingsOf(asked);
  await checkOut(asked);
  if (!resume) {
    checkIcons(asked.icons);
    await folder.begin(asked);
    return asked;
  }
  const { kind, settings, icons, currentColor, styleWord, probes } = await folder.saved();
  checkKind(folder, kind, asked);
  checkIcons(icons);
  await folder.claim();
  const { steps = settings.steps } = asked.settings;
  const goesOnWith = steps === undefined ? settings : { ...settings, steps };
  return { ...asked, icons, currentColor, styleWord, probes, settings: goesOnWith };
}

function checkKind({ styleDir }: TrainingFolder, found: SavedTraining['kind'], { goal }: TrainingRequest): void {
  if (found === goal.kind) return;
  throw new UserError(
    'bad-request',
    `${styleDir} holds ${GOAL_NAMES[found]}, not ${GOAL_NAMES[goal.kind]}; it cannot go on as one. Begin anew, in another place or with leave to replace it.`,
  );
}

/** Throws `bad-request` when a file would be lost. */
async function checkOut({ goal, replace }: TrainingRequest): Promise<void> {
  if (goal.kind === 'style' || replace || !(await isFile(goal.out))) return;
  throw new UserError('bad-request', `${goal.out} exists. Choose another name, or allow it to be replaced.`);
}
