/** The worker's handlers for fine-tuning: one training at a time, in between which other jobs are served. */
import { setTimeout as wait } from 'node:timers/promises';
import type { JobEvent } from '../../contract/jobs';
import type {
  ProbeGrid,
  SavedTraining,
  TrainingOwner,
  TuneParams,
  TuneResult,
  TuneStatusParams,
  TuneStatusResult,
} from '../../contract/tune-api';
import { UserError } from '../../domain/errors';
import { readCheckpoint } from '../../engine/training/checkpoint';
import { isFile } from '../../files/kind-of-path';
import { obstacleTo, refusalOf } from '../../product/training-place';
import type { Engine } from '../engine';
import type { JobQueue } from '../jobs';
import type { Handlers } from '../turns';
import { Suspended, TuneControl } from './control';
import { folderOf, goalGoingOn, resultOf, wordsOf, type TrainingRequest } from './goal';
import type { IconSource } from './icon-source';
import { factsOf } from './model-facts';
import { planTraining } from './plan';
import { TuneJob } from './tune-job';
import { TrainingFolder } from './training-folder';
import { checkIcons, settingsOf } from './tune-settings';

export interface TuneServiceOptions {
  readonly engine: Engine;
  readonly queue: JobQueue;
  readonly icons: IconSource;
  readonly cacheFolder: string;
  readonly tell: (event: JobEvent) => void;
  readonly log: (message: string) => void;
}

type TuneHandlers = Pick<Handlers, 'scanIcons' | 'tunePlan' | 'tune' | 'tuneControl' | 'tuneStatus'>;

/** How often a training's owner is looked for that is about to let go. */
const LOOK_EVERY_MS = 100;

interface Running {
  readonly jobId: string;
  readonly control: TuneControl;
  readonly done: Promise<unknown>;
}

export class TuneService {
  #running: Running | undefined;

  constructor(private readonly options: TuneServiceOptions) {}

  readonly handlers: TuneHandlers = {
    scanIcons: async (params, { signal }) => this.options.icons.scan(params, await factsOf(params.modelPath), signal),
    tunePlan: (params, { signal }) => planTraining(this.options, params, signal),
    tune: (params, { signal }) => this.#start(params, signal),
    tuneControl: ({ jobId, action }) => {
      if (this.#running?.jobId !== jobId) {
        return Promise.reject(new UserError('not-found', 'That training is not running any more.'));
      }
      this.#running.control.act(action);
      return Promise.resolve({});
    },
    tuneStatus: (params, { signal }) => this.#status(params, signal),
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
      const { jobId } = params;
      this.options.tell({ kind: 'tune', progress: { jobId, phase: paused ? 'paused' : 'training' } });
    });
    const done = this.#run(params, control, signal);
    this.#running = { jobId: params.jobId, control, done };
    try {
      return await done;
    } finally {
      this.#running = undefined;
    }
  }

  async #run({ jobId, resume, ...asked }: TuneParams, control: TuneControl, signal: AbortSignal): Promise<TuneResult> {
    const { engine, queue, icons, cacheFolder, tell, log } = this.options;
    const folder = new TrainingFolder(folderOf(asked.goal), asked.root);
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
          tell({ kind: 'tune', progress: { jobId, ...progress } });
        },
      });
      const result = await job.run();
      log(`Trained ${wordsOf(request.goal).name}: ${result.steps} steps on ${device}, best at ${result.bestStep}.`);
      return result;
    } catch (error) {
      // Discarding is the only way to lose what was learned.
      if (signal.aborted && !(error instanceof Suspended)) await folder.remove();
      else await folder.release();
      throw error;
    }
  }

  async #status({ place, freeWithin = 0 }: TuneStatusParams, signal: AbortSignal): Promise<TuneStatusResult> {
    const folder = new TrainingFolder(folderOf(place), folderOf(place));
    const owner = await ownerWithin(folder, freeWithin, signal);
    const finished = await isFile(resultOf(place));
    const status = { finished, ...(owner === undefined ? {} : { owner }) };
    try {
      return (await folder.exists()) ? { ...status, unfinished: await unfinishedIn(folder) } : status;
    } catch (error) {
      if (error instanceof UserError && error.code === 'bad-checkpoint') return { ...status, damaged: error.message };
      throw error;
    }
  }
}

/** The training's owner, once nobody else is, or the time has passed. */
async function ownerWithin(
  folder: TrainingFolder,
  seconds: number,
  signal: AbortSignal,
): Promise<TrainingOwner | undefined> {
  const end = performance.now() + 1000 * seconds;
  for (;;) {
    const owner = await folder.owner();
    if (owner === undefined || owner.where === 'this-worker' || performance.now() >= end) return owner;
    await wait(LOOK_EVERY_MS, undefined, { signal });
  }
}

async function unfinishedIn(folder: TrainingFolder): Promise<NonNullable<TuneStatusResult['unfinished']>> {
  const saved = await folder.saved();
  const { steps } = settingsOf(saved);
  if (!(await isFile(folder.checkpoint))) return { saved, step: 0, steps, loss: [], gauge: [] };
  const { state, record } = await readCheckpoint(folder.checkpoint);
  const before = await folder.probes(0, saved.probes.length);
  const latest = await folder.latestProbes(saved.probes.length);
  return { saved, step: state.step, steps, loss: record.loss, gauge: record.gauge, ...grids(before, latest) };
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
  if (!resume) {
    checkIcons(asked.icons);
    await folder.begin(asked);
    return asked;
  }
  const saved = await unfinishedRecord(folder, asked);
  const { settings, icons, currentColor } = saved;
  checkIcons(icons);
  await folder.claim(asked.goal);
  const { steps = settings.steps } = asked.settings;
  const goesOnWith = steps === undefined ? settings : { ...settings, steps };
  return { ...asked, icons, currentColor, settings: goesOnWith, goal: goalGoingOn(asked.goal, saved) };
}

async function unfinishedRecord(folder: TrainingFolder, { goal, replace }: TrainingRequest): Promise<SavedTraining> {
  const saved = (await folder.exists()) ? await folder.saved() : undefined;
  if (saved === undefined) throw refusalOf({ kind: 'nothing-to-go-on' }, goal);
  const found = { finished: await isFile(resultOf(goal)), unfinished: { saved } };
  const obstacle = obstacleTo({ resume: true, replace }, goal, found);
  if (obstacle !== undefined) throw refusalOf(obstacle, goal);
  return saved;
}
