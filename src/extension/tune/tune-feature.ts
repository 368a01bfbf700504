/** What the fine-tuning page asks of the extension: scanning, planning, beginning and going on. */
import path from 'node:path';
import * as vscode from 'vscode';
import { styleHome } from '../../catalog/workspace';
import { UserError } from '../../domain/errors';
import type { ScanIconsResult, TunePlan, TuneStatusResult } from '../../contract/tune-api';
import type { ReviewState, TrainingState } from '../../contract/tune-page';
import { resolveTraining, type RequestFor, type TrainingIntent } from '../../product/training';
import { obstacleTo, placeOf, styleFolder, styleName, type StyleAim } from '../../product/training-place';
import type { Services } from '../services';
import { inkColor, readSettings } from '../settings';
import { chosenIcons, reviewOf, type TuneRequestParts } from './review';
import { continuedState, startedState, type UriOf } from './training-state';
import type { TrainingRun } from './training-run';
import type { Trainings } from './trainings';

export interface ReviewPlace {
  readonly thumbnailDir: string;
  readonly folder: string;
  readonly uriOf: UriOf;
}

/** A reloaded window's old worker saves what it has and ends; until then the training is not free. */
const HANDOVER_SECONDS = 30;

export class TuneFeature {
  constructor(
    readonly services: Services,
    readonly trainings: Trainings,
    /** Opens the variants panel with a style chosen. */
    readonly useStyle: (name: string) => Promise<void>,
  ) {}

  /** Absolute path of the folder whose styles these icons belong to; undefined when no folder is open. */
  workspaceOf(folder: vscode.Uri): Promise<string | undefined> {
    const opened = vscode.workspace.workspaceFolders ?? [];
    return styleHome(
      folder.fsPath,
      opened.map(({ uri }) => uri.fsPath),
    );
  }

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
    return { scan, review: { ...review, ...(await this.#there(folder, review.form.name)) } };
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
    const aim = await this.#aim(folder, name);
    if (resume) return this.goOn(folder, styleFolder(aim), { uriOf });
    const found = await this.#status(aim);
    const wish = { resume: false, replace: false };
    const obstacle = obstacleTo(wish, placeOf(aim), found);
    const replace = obstacle?.kind === 'finished' || obstacle?.kind === 'unfinished';
    if (replace && !(await confirmReplace(styleName(name)))) return undefined;
    const intent = { ...parts, ...wish, ...this.#common(folder), aim, replace, currentColor: inkColor() };
    const request = resolveTraining(intent, await this.services.worker.model(), found);
    return this.#run(request, startedState({ ...request.goal, settings: request.settings }), uriOf);
  }

  /**
   * Continues what a closed window, a crash or a stop left; undefined when there is nothing to continue. Throws `bad-request` when a
   * worker of another window trains there.
   */
  async goOn(
    folder: vscode.Uri,
    styleDir: string,
    { uriOf, afterReload = false }: { readonly uriOf: UriOf; readonly afterReload?: boolean },
  ): Promise<TrainingRun | undefined> {
    const { current } = this.trainings;
    if (current?.running === true && current.options.request.goal.styleDir === styleDir) return current;
    // What lies in the workspace decides nothing about places: those are this window's own.
    const aim = await this.#aim(folder, path.basename(styleDir));
    const found = await this.#status(aim, afterReload ? HANDOVER_SECONDS : 0);
    const { unfinished } = found;
    if (unfinished === undefined) return undefined;
    const intent = { ...this.#common(folder), aim, settings: {}, resume: true, replace: false };
    const request = resolveTraining(intent, await this.services.worker.model(unfinished.saved.modelId), found);
    return this.#run(request, continuedState(unfinished, uriOf), uriOf);
  }

  async confirmDiscard(): Promise<boolean> {
    const discard = vscode.l10n.t('Discard');
    const message = vscode.l10n.t('Discard this training? What was learned so far is deleted.');
    return (await vscode.window.showWarningMessage(message, { modal: true }, discard)) === discard;
  }

  #common(folder: vscode.Uri): Pick<TrainingIntent, 'folder' | 'device'> {
    return { folder: folder.fsPath, device: readSettings().device };
  }

  #run(request: RequestFor<'style'>, begun: TrainingState, uriOf: UriOf): TrainingRun {
    const { services } = this;
    const folder = vscode.workspace.asRelativePath(request.goal.styleDir, false);
    const explain = (error: unknown): string => services.explain(error);
    return this.trainings.begin({ worker: services.worker, folder, uriOf, explain, request, begun });
  }

  async #aim(folder: vscode.Uri, name: string): Promise<StyleAim> {
    const workspace = await this.workspaceOf(folder);
    if (workspace !== undefined) return { kind: 'style', workspace, name };
    throw new UserError('bad-request', vscode.l10n.t('Open a folder first: styles are kept in the workspace.'));
  }

  /** What is there, once nobody else trains there or the time has passed. */
  #status(aim: StyleAim, freeWithin = 0): Promise<TuneStatusResult> {
    return this.services.worker.request('tuneStatus', { place: placeOf(aim), freeWithin });
  }

  /** What the review says of a training of that name. */
  async #there(folder: vscode.Uri, name: string): Promise<Pick<ReviewState, 'unfinished' | 'trainedBy'>> {
    const workspace = await this.workspaceOf(folder);
    if (workspace === undefined) return {};
    const { unfinished, owner } = await this.#status({ kind: 'style', workspace, name });
    return {
      ...(unfinished === undefined ? {} : { unfinished: { step: unfinished.step, steps: unfinished.steps } }),
      ...(owner === undefined || owner.where === 'this-worker' ? {} : { trainedBy: owner.pid }),
    };
  }

  async #plan(icons: number, settings: Partial<ReviewState['form']['settings']>): Promise<TunePlan> {
    const { worker } = this.services;
    const model = await worker.model();
    return worker.request('tunePlan', { modelPath: model.folder, device: readSettings().device, icons, settings });
  }
}

async function confirmReplace(name: string): Promise<boolean> {
  const replace = vscode.l10n.t('Replace');
  const message = vscode.l10n.t('There is a style or an unfinished training called "{0}" already. Replace it?', name);
  return (await vscode.window.showWarningMessage(message, { modal: true }, replace)) === replace;
}
