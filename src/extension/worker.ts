/** The worker of this window: made from the settings, asked through typed calls, nothing started before the first call. */
import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../domain/errors';
import { readCatalog, type ResolvedModel } from '../catalog/catalog';
import { modelPlaces } from '../catalog/model-places';
import { cacheFolder } from '../host/cache-folder';
import { forkedHost } from '../host/forked-host';
import { WorkerClient, type WorkerStatus } from '../host/worker-client';
import { DRAWING } from '../contract/drawing-settings';
import { SECTION } from '../contract/editor-settings';
import type { PanelSettings } from '../contract/panel-page';
import type { TuneControlParams, TuneParams, TuneProgress, TuneResult } from '../contract/tune-api';
import type { ParamsOf, ResultOf } from '../contract/jobs';
import type { GenerateParams, GenerateResult, JobProgress } from '../contract/worker-api';
import { resolveGeneration } from '../product/generation';
import { trainingModel } from '../product/training';
import type { JobRunner } from './generate/job';
import { readSettings } from './settings';
import { chosenStyles, workspaceStyles } from './styles';
import type { TrainingWorker } from './tune/training-run';

export class ExtensionWorker implements JobRunner, TrainingWorker, vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #log: vscode.LogOutputChannel;
  readonly #onStatus = new vscode.EventEmitter<WorkerStatus>();
  readonly onStatus = this.#onStatus.event;
  readonly #settingsWatch: vscode.Disposable;
  #client: WorkerClient | undefined;

  constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    this.#context = context;
    this.#log = log;
    // Another Node executable or idle time concerns the next worker: this one is let go.
    this.#settingsWatch = vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(`${SECTION}.worker`)) void this.#drop();
    });
  }

  get status(): WorkerStatus {
    return this.#client?.status ?? { state: 'stopped' };
  }

  /** The request for the panel's settings, with the model resolved. Throws `not-found` for an unknown model. */
  async generateParams(panel: PanelSettings, outputDir: string): Promise<Omit<GenerateParams, 'jobId'>> {
    const model = await this.model();
    const styles = await workspaceStyles();
    const { size: side } = panel;
    const intent = {
      settings: { ...readSettings(), ...panel },
      styles: chosenStyles(panel.styles, styles),
      stylesHere: styles.styles,
      ...(side === DRAWING.size.off ? {} : { size: { width: side, height: side } }),
    };
    return { ...resolveGeneration(intent, model), outputDir };
  }

  /**
   * The model that the settings name; `began`: the one that a training began with which goes on. A folder from an untrusted workspace's
   * settings never gets here: the setting is restricted.
   */
  async model(began?: string): Promise<ResolvedModel> {
    const catalog = await readCatalog(path.join(this.#context.extensionPath, 'models'), modelPlaces(process.env));
    return trainingModel(catalog, readSettings().model, began, 'Set fourstep.model to its folder');
  }

  async generate(
    params: GenerateParams,
    signal: AbortSignal,
    onProgress: (progress: JobProgress) => void,
  ): Promise<GenerateResult> {
    return this.#worker().request('generate', params, { signal, onProgress });
  }

  /** Calls without a job of their own. */
  request<K extends 'scanIcons' | 'tunePlan' | 'tuneStatus'>(kind: K, params: ParamsOf<K>): Promise<ResultOf<K>> {
    return this.#worker().request(kind, params);
  }

  async tune(
    params: TuneParams,
    signal: AbortSignal,
    onProgress: (progress: TuneProgress) => void,
  ): Promise<TuneResult> {
    return this.#worker().request('tune', params, { signal, onProgress });
  }

  tuneControl(params: TuneControlParams): Promise<unknown> {
    return this.#worker().request('tuneControl', params);
  }

  stopNow(): void {
    void this.#client?.stopNow();
  }

  /** Ends the worker and forgets its crashes; the next job starts a new one. */
  async restart(): Promise<void> {
    await this.#client?.stopNow();
    this.#client?.reset();
  }

  dispose(): void {
    this.#settingsWatch.dispose();
    void this.#drop();
    this.#onStatus.dispose();
  }

  async #drop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.dispose();
  }

  #worker(): WorkerClient {
    this.#client ??= this.#create();
    return this.#client;
  }

  #create(): WorkerClient {
    const { workerNodePath, workerIdleMinutes } = readSettings();
    if (workerNodePath !== '' && !vscode.workspace.isTrusted) {
      throw new UserError(
        'bad-request',
        vscode.l10n.t('fourstep.worker.nodePath is only used in a trusted workspace.'),
      );
    }
    const host = forkedHost({
      workerPath: path.join(this.#context.extensionPath, 'dist', 'worker.js'),
      cacheDir: cacheFolder(process.env),
      idleMinutes: workerIdleMinutes,
      ...(workerNodePath === '' ? {} : { nodePath: workerNodePath }),
      log: this.#log,
    });
    const client = new WorkerClient({
      host,
      clientName: `extension ${String((this.#context.extension.packageJSON as { version?: unknown }).version)}`,
      log: this.#log,
      logHint: vscode.l10n.t('Details are in the output channel "Fourstep".'),
    });
    client.onStatus((status) => {
      this.#onStatus.fire(status);
    });
    return client;
  }
}
