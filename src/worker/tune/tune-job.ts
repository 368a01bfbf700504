/** One training: from a request to a style, with progress, and saved often enough to go on after anything. */
import { UserError } from '../../domain/errors';
import { STYLE_GUIDANCE } from '../../domain/style';
import type { ModelFolder } from '../../engine/checkpoints/folder';
import { openModel } from '../../engine/families/open-model';
import type { DeviceName } from '../../domain/choices';
import type { LoraFeeds } from '../../engine/training/networks';
import type { Training } from '../../engine/training/open-training';
import type { TrainingSettings } from '../../engine/training/settings';
import type { TrainingEnd } from '../../engine/training/trainer';
import type { ProbeGrid, TuneProgress, TuneResult } from '../../contract/tune-api';
import { Suspended, type TuneControl } from './control';
import { saveLora, saveStyle, type SavedSamples } from './finish';
import { wordsOf, type TrainingRequest } from './goal';
import type { IconSource } from './icon-source';
import { prepareTraining, type PreparedTraining } from './prepare';
import { PaceMeter } from './pace';
import { drawProbes, type ProbeOptions } from './probes';
import type { TrainingFolder } from './training-folder';
import { settingsOf } from './tune-settings';

export interface TuneJobOptions {
  readonly request: TrainingRequest;
  readonly folder: TrainingFolder;
  readonly resume: boolean;
  readonly device: DeviceName;
  readonly cacheFolder: string;
  readonly icons: IconSource;
  readonly control: TuneControl;
  readonly signal: AbortSignal;
  /** SHA-256 over a model's weights. */
  readonly identity: (model: ModelFolder) => Promise<string>;
  /** Runs work when it is this job's turn among those of the worker. */
  readonly turn: <T>(work: () => Promise<T>) => Promise<T>;
  readonly onProgress: (progress: Omit<TuneProgress, 'jobId'>) => void;
}

export class TuneJob {
  readonly #settings: TrainingSettings;
  #before: ProbeGrid | undefined;
  #latest: ProbeGrid | undefined;

  constructor(private readonly options: TuneJobOptions) {
    this.#settings = settingsOf(options.request);
  }

  /** Throws `cancelled` when it is discarded; the training's files are the caller's to remove then. */
  async run(): Promise<TuneResult> {
    const { options } = this;
    this.#tell({ phase: 'loading' });
    const prepared = await prepareTraining({
      ...options,
      settings: this.#settings,
      check: () => {
        options.control.check();
      },
      onPrepared: (step, steps) => {
        this.#tell({ phase: 'preparing', step, steps });
      },
    });
    try {
      return await this.#finish(prepared, await this.#train(prepared));
    } finally {
      await prepared.release();
    }
  }

  async #train(prepared: PreparedTraining): Promise<TrainingEnd> {
    const { control, turn, folder } = this.options;
    const { training } = prepared;
    this.#before = await folder.probes(0, wordsOf(this.options.request.goal).probes.length);
    this.#before ??= await turn(() => this.#probes(prepared, training.feeds('unchanged'), 0));
    this.#tell({ phase: 'training', step: training.state.step, probes: this.#before });
    const pace = new PaceMeter({ ...this.options, modelPath: this.options.request.modelPath }, this.#settings);
    const save = async (): Promise<void> => {
      await folder.check();
      await training.save(folder.checkpoint);
    };
    try {
      return await training.run({
        ready: () => control.ready(),
        turn,
        save,
        onStep: (loss, secondsLeft) => {
          const memoryBytes = process.memoryUsage.rss();
          pace.note(loss.step, secondsLeft, memoryBytes);
          this.#tell({ phase: 'training', step: loss.step, loss, secondsLeft, memoryBytes });
        },
        onGauge: (gauge) => {
          this.#tell({ phase: 'training', gauge });
        },
        onProbes: async (step) => {
          this.#latest = await turn(() => this.#probes(prepared, training.feeds('now'), step));
          this.#tell({ phase: 'training', probes: this.#latest });
        },
      });
    } catch (error) {
      if (error instanceof Suspended) await save();
      throw error;
    } finally {
      await pace.save();
    }
  }

  async #finish(prepared: PreparedTraining, ended: TrainingEnd): Promise<TuneResult> {
    const { request, turn, folder } = this.options;
    const { training } = prepared;
    if (training.state.step === 0) {
      await folder.remove();
      throw new UserError('cancelled', 'The training was stopped before its first step; there is nothing to keep.');
    }
    await this.#checkModel(training);
    this.#tell({ phase: 'saving' });
    const { loss, gauge } = training.record;
    const step = training.loraStep();
    const after = await turn(() => this.#probes(prepared, Object.fromEntries(training.lora()), step));
    const before = this.#before ?? after;
    const saved = await this.#save(training, before, after);
    await folder.remove();
    return {
      path: request.goal.kind === 'style' ? request.goal.styleDir : request.goal.out,
      steps: training.state.step,
      bestStep: step,
      loss,
      gauge,
      before: { step: 0, pictures: saved.before },
      after: { step, pictures: saved.after },
      ended,
      notices: prepared.notices,
    };
  }

  /** A style, or of a distillation the LoRA alone. */
  async #save(training: Training, before: ProbeGrid, after: ProbeGrid): Promise<SavedSamples> {
    const { request, folder } = this.options;
    await folder.check();
    const { goal, modelId } = request;
    const finished = { settings: this.#settings, training };
    if (goal.kind === 'style') return saveStyle({ ...finished, goal, modelId, before, after });
    await saveLora(goal.out, finished);
    return { before: [], after: [] };
  }

  /** A style that says it belongs to other weights than it was trained on would never fit anything. */
  async #checkModel({ record }: Training): Promise<void> {
    const { modelPath } = this.options.request;
    if ((await this.options.identity(await openModel(modelPath))) === record.identity.model) return;
    throw new UserError(
      'bad-request',
      `The base model ${modelPath} has changed while it was trained on. The training is saved: put the model back and resume, or start anew.`,
    );
  }

  async #probes(prepared: PreparedTraining, lora: LoraFeeds, step: number): Promise<ProbeGrid> {
    await this.options.folder.check();
    return drawProbes(prepared, lora, step, this.#probeOptions());
  }

  #probeOptions(): ProbeOptions {
    const { request, folder } = this.options;
    const { probes, styleWord } = wordsOf(request.goal);
    return {
      names: probes,
      styleWord,
      guidance: STYLE_GUIDANCE,
      fileOf: (step, index) => folder.probe(step, index),
    };
  }

  #tell(progress: Omit<TuneProgress, 'jobId' | 'device' | 'steps'> & { readonly steps?: number }): void {
    this.options.onProgress({ steps: this.#settings.steps, device: this.options.device, ...progress });
  }
}
