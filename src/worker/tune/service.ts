/** The worker's handlers for fine-tuning: one training at a time, in between which other jobs are served. */
import { UserError } from '../../domain/errors';
import { isFile } from '../../engine/checkpoints/folder-parts';
import { readCheckpoint } from '../../engine/training/checkpoint';
import type { WorkerHandlers } from '../../rpc/server';
import type {
  ProbeGrid,
  TuneApi,
  TuneParams,
  TuneProgress,
  TuneResult,
  TuneStatusResult,
} from '../../contract/tune-api';
import type { Engine } from '../engine';
import type { IdleTimer } from '../idle';
import type { JobQueue } from '../jobs';
import { Suspended, TuneControl } from './control';
import type { IconSource } from './icon-source';
import { factsOf } from './model-facts';
import { TunePlanner } from './plan';
import { TuneJob } from './tune-job';
import { TrainingFolder, type TuneRequest } from './training-folder';
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

type TuneMethods = Pick<WorkerHandlers, keyof TuneApi>;

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

  async #run({ jobId, resume, ...asked }: TuneParams, control: TuneControl, signal: AbortSignal): Promise<TuneResult> {
    const { engine, queue, icons, cacheFolder, onProgress, log } = this.options;
    const folder = new TrainingFolder(asked.styleDir);
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
    const folder = new TrainingFolder(styleDir);
    if (!(await folder.exists())) return {};
    const params = await folder.request();
    const { steps } = settingsOf(params);
    if (!(await isFile(folder.checkpoint))) return { unfinished: { params, step: 0, steps, loss: [], gauge: [] } };
    const { state, record } = await readCheckpoint(folder.checkpoint);
    const before = await folder.probes(0, params.probes.length);
    const latest = await folder.latestProbes(params.probes.length);
    return {
      unfinished: { params, step: state.step, steps, loss: record.loss, gauge: record.gauge, ...grids(before, latest) },
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
 * A new training, or the one that is there. More steps may be asked of it, and model and icons may lie elsewhere by now;
 * everything else stays as it was.
 */
async function opened(folder: TrainingFolder, asked: TuneRequest, resume: boolean): Promise<TuneRequest> {
  settingsOf(asked);
  await checkOut(asked);
  if (!resume) {
    checkIcons(asked.icons);
    await folder.begin(asked);
    return asked;
  }
  const { folder: icons, modelPath, modelId, device, distill } = asked;
  const { settings, ...saved } = await folder.request();
  await folder.claim();
  const { steps = settings.steps } = asked.settings;
  const moved = distill === undefined || saved.distill === undefined ? {} : { distill };
  const goingOn = { ...saved, ...moved, folder: icons, modelPath, modelId, device };
  return { ...goingOn, settings: steps === undefined ? settings : { ...settings, steps } };
}

/** Throws `bad-request` when a file would be lost. */
async function checkOut({ distill, replace }: TuneRequest): Promise<void> {
  if (distill === undefined || replace || !(await isFile(distill.out))) return;
  throw new UserError('bad-request', `${distill.out} exists. Choose another name, or allow it to be replaced.`);
}
