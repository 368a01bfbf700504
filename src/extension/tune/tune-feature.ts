/** What the fine-tuning page asks of the extension: scanning, planning, beginning and going on. */
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as vscode from 'vscode';
import { UserError } from '../../domain/errors';
import { STYLE_FILES } from '../../domain/style';
import type { ScanIconsResult, TuneParams, TunePlan } from '../../contract/tune-api';
import type { ReviewState } from '../../contract/tune-page';
import type { Services } from '../services';
import { inkColor, readSettings } from '../settings';
import { chosenIcons, reviewOf, styleName, type TuneRequestParts } from './review';
import { continuedState, startedState, type UriOf } from './training-state';
import type { TrainingRun } from './training-run';
import type { Trainings } from './trainings';

export interface ReviewPlace {
  readonly thumbnailDir: string;
  readonly folder: string;
  readonly uriOf: UriOf;
}

/** A reloaded window's old worker saves what it has and ends; until then the training is not free. */
const HANDOVER_TRIES = 30;
const HANDOVER_MS = 1000;

export class TuneFeature {
  constructor(
    readonly services: Services,
    readonly trainings: Trainings,
    /** Opens the variants panel with a style chosen. */
    readonly useStyle: (name: string) => Promise<void>,
  ) {}

  /** `.fourstep/styles` of the workspace folder that the icons belong to. */
  readonly stylesFolder = (folder: vscode.Uri): vscode.Uri | undefined => {
    const workspace = vscode.workspace.getWorkspaceFolder(folder) ?? vscode.workspace.workspaceFolders?.[0];
    return workspace && vscode.Uri.joinPath(workspace.uri, '.fourstep', 'styles');
  };

  async review(folder: vscode.Uri, place: ReviewPlace): Promise<{ scan: ScanIconsResult; review: ReviewState }> {
    const { worker, status } = this.services;
    const model = await worker.model();
    const scan = await worker.request('scanIcons', {
      folder: folder.fsPath,
      modelPath: model.folder,
      thumbnailDir: place.thumbnailDir,
      currentColor: inkColor(),
    });
    const plan = await this.#plan(scan.icons.length, {});
    const review = reviewOf(scan, plan, { ...place, modelLine: status.modelLine });
    return { scan, review: { ...review, ...(await this.#unfinished(folder, review.form.name)) } };
  }

  plan(review: ReviewState): Promise<TunePlan> {
    return this.#plan(chosenIcons(review).length, review.form.settings);
  }

  /** Begins a training; undefined when the user decides against replacing a style. */
  async begin(
    folder: vscode.Uri,
    { name, ...parts }: TuneRequestParts,
    { resume, uriOf }: { readonly resume: boolean; readonly uriOf: UriOf },
  ): Promise<TrainingRun | undefined> {
    const styleDir = vscode.Uri.joinPath(this.#stylesFolderOf(folder), name);
    if (resume) return this.goOn(folder, styleDir.fsPath, { uriOf });
    const taken = await exists(vscode.Uri.joinPath(styleDir, STYLE_FILES.style));
    const begun = taken || (await this.#unfinished(folder, name)).unfinished !== undefined;
    if (begun && !(await confirmReplace(name))) return undefined;
    const place = await this.#place(folder, styleDir);
    const request = { ...parts, ...place, name, currentColor: inkColor(), replace: begun, resume: false };
    return this.trainings.begin({ ...this.#common(styleDir, uriOf), request, begun: startedState(request) });
  }

  /** Continues what a closed window, a crash or a stop left; undefined when there is nothing to continue. */
  async goOn(
    folder: vscode.Uri,
    styleDir: string,
    { uriOf, afterReload = false }: { readonly uriOf: UriOf; readonly afterReload?: boolean },
  ): Promise<TrainingRun | undefined> {
    const { current } = this.trainings;
    if (current?.running === true && current.options.request.styleDir === styleDir) return current;
    const style = vscode.Uri.joinPath(this.#stylesFolderOf(folder), path.basename(styleDir));
    const { unfinished } = await this.services.worker.request('tuneStatus', { styleDir: style.fsPath });
    if (unfinished === undefined) return undefined;
    // What lies in the workspace decides nothing about places: those are this window's own.
    const { currentColor, icons, styleWord, probes, settings } = unfinished.saved;
    const name = path.basename(style.fsPath);
    const place = await this.#place(folder, style);
    const request = { ...place, name, currentColor, icons, styleWord, probes, settings, replace: false, resume: true };
    if (afterReload) await this.#handover(style);
    const begun = continuedState(unfinished, uriOf);
    return this.trainings.begin({ ...this.#common(style, uriOf), request, begun });
  }

  async confirmDiscard(): Promise<boolean> {
    const discard = vscode.l10n.t('Discard');
    const message = vscode.l10n.t('Discard this training? What was learned so far is deleted.');
    return (await vscode.window.showWarningMessage(message, { modal: true }, discard)) === discard;
  }

  /** Waits until the worker of a reloaded window has let go of the training. */
  async #handover(style: vscode.Uri): Promise<void> {
    const owner = vscode.Uri.joinPath(style, STYLE_FILES.training, 'owner');
    for (let tries = 0; tries < HANDOVER_TRIES && (await exists(owner)); tries++) await wait(HANDOVER_MS);
  }

  async #place(
    folder: vscode.Uri,
    styleDir: vscode.Uri,
  ): Promise<Pick<TuneParams, 'modelPath' | 'modelId' | 'device' | 'folder' | 'styleDir' | 'root'>> {
    const model = await this.services.worker.model();
    return {
      modelPath: model.folder,
      modelId: model.id,
      device: readSettings().device,
      folder: folder.fsPath,
      styleDir: styleDir.fsPath,
      // Of …/.fourstep/styles/<name>
      root: path.dirname(path.dirname(path.dirname(styleDir.fsPath))),
    };
  }

  #common(
    styleDir: vscode.Uri,
    uriOf: UriOf,
  ): { worker: Services['worker']; folder: string; uriOf: UriOf; explain: Services['explain'] } {
    const { services } = this;
    const explain = (error: unknown): string => services.explain(error);
    return { worker: services.worker, folder: vscode.workspace.asRelativePath(styleDir, false), uriOf, explain };
  }

  #stylesFolderOf(folder: vscode.Uri): vscode.Uri {
    const styles = this.stylesFolder(folder);
    if (styles !== undefined) return styles;
    throw new UserError('bad-request', vscode.l10n.t('Open a folder first: styles are kept in the workspace.'));
  }

  async #unfinished(folder: vscode.Uri, name: string): Promise<Pick<ReviewState, 'unfinished'>> {
    const styles = this.stylesFolder(folder);
    if (styles === undefined) return {};
    const styleDir = vscode.Uri.joinPath(styles, styleName(name)).fsPath;
    const { unfinished } = await this.services.worker.request('tuneStatus', { styleDir });
    return unfinished === undefined ? {} : { unfinished: { step: unfinished.step, steps: unfinished.steps } };
  }

  async #plan(icons: number, settings: Partial<ReviewState['form']['settings']>): Promise<TunePlan> {
    const { worker } = this.services;
    const model = await worker.model();
    return worker.request('tunePlan', { modelPath: model.folder, device: readSettings().device, icons, settings });
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

async function confirmReplace(name: string): Promise<boolean> {
  const replace = vscode.l10n.t('Replace');
  const message = vscode.l10n.t('There is a style or an unfinished training called "{0}" already. Replace it?', name);
  return (await vscode.window.showWarningMessage(message, { modal: true }, replace)) === replace;
}
