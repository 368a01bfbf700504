/** The fine-tuning page: review of the icons, the training, its result. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { stylesFolder } from '../../catalog/styles';
import type { ScanIconsResult } from '../../contract/tune-api';
import type { FromTunePage, RememberedTuning, ReviewState, ToTunePage, TuneState } from '../../contract/tune-page';
import { parseFromTunePage } from '../../contract/tune-page';
import { COMMANDS, TUNE_PANEL_TYPE } from '../command-ids';
import { pageFolder, pageHtml } from '../webview-html';
import { saveCaptions } from './captions-file';
import { changedIcons, requestParts, sameForm, withIcon } from './review';
import { tuneStrings } from './strings';
import type { TrainingRun } from './training-run';
import type { TuneFeature } from './tune-feature';

/** A training reports several times a second; more than this nobody sees. */
const POST_EVERY_MS = 200;

export class TunePanel {
  readonly #feature: TuneFeature;
  readonly #panel: vscode.WebviewPanel;
  #state: TuneState;
  #scan: ScanIconsResult | undefined;
  #thumbnails: string | undefined;
  #watch: { dispose(): void } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    feature: TuneFeature,
    panel: vscode.WebviewPanel,
    readonly folder: vscode.Uri,
    workspace: string | undefined,
  ) {
    this.#feature = feature;
    this.#panel = panel;
    this.#state = { screen: 'scanning', folder: this.#folderName };
    const { extensionUri } = feature.services;
    panel.webview.options = TunePanel.options(feature, workspace);
    const media = vscode.Uri.joinPath(extensionUri, 'media');
    panel.iconPath = {
      light: vscode.Uri.joinPath(media, 'tab-light.svg'),
      dark: vscode.Uri.joinPath(media, 'tab-dark.svg'),
    };
    panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(message));
    panel.onDidDispose(() => {
      this.#close();
    });
    const title = vscode.l10n.t('Fine-tune');
    panel.webview.html = pageHtml(panel.webview, extensionUri, { script: 'tune.js', title, strings: tuneStrings() });
  }

  static async open(feature: TuneFeature, folder: vscode.Uri): Promise<TunePanel> {
    const workspace = await feature.workspaceOf(folder);
    const title = vscode.l10n.t('Fine-tune: {0}', path.basename(folder.fsPath));
    const options = this.options(feature, workspace);
    const panel = vscode.window.createWebviewPanel(TUNE_PANEL_TYPE, title, vscode.ViewColumn.Active, options);
    return new TunePanel(feature, panel, folder, workspace);
  }

  /** The page shows thumbnails from the scratch folder, and samples from the workspace's styles. */
  static options(
    { services }: TuneFeature,
    workspace: string | undefined,
  ): vscode.WebviewPanelOptions & vscode.WebviewOptions {
    const styles = workspace === undefined ? [] : [vscode.Uri.file(stylesFolder(workspace))];
    return {
      enableScripts: true,
      localResourceRoots: [pageFolder(services.extensionUri), services.scratch.root, ...styles],
    };
  }

  get state(): TuneState {
    return this.#state;
  }

  reveal(): void {
    this.#panel.reveal();
  }

  readonly onClose = (listener: () => void): vscode.Disposable => this.#panel.onDidDispose(listener);

  /** Looks through the folder and shows what was found. */
  async review(): Promise<void> {
    const { services } = this.#feature;
    this.#remember({ folder: this.folder.fsPath });
    this.#show({ screen: 'scanning', folder: this.#folderName });
    try {
      this.#thumbnails ??= await services.scratch.create();
      await mkdir(this.#thumbnails, { recursive: true });
      const { scan, review } = await this.#feature.review(this.folder, {
        thumbnailDir: this.#thumbnails,
        folder: this.#folderName,
        uriOf: (file) => this.#uriOf(file),
      });
      this.#scan = scan;
      this.#show(review);
      await this.#estimate();
    } catch (error) {
      this.#show({ screen: 'failed', error: services.explain(error), canResume: false });
    }
  }

  /** Shows a training, also one that goes on after a reload. */
  follow(run: TrainingRun): void {
    this.#watch?.dispose();
    const { request } = run.options;
    this.#remember({ folder: request.folder, styleDir: request.goal.styleDir });
    this.#watch = run.onChange((state) => {
      this.#state = state;
      if (state.screen === 'training')
        this.#timer ??= setTimeout(() => {
          this.#post();
        }, POST_EVERY_MS);
      else this.#post();
      if (state.screen === 'finished') this.#remember({ folder: request.folder });
    });
    this.#show(run.state);
  }

  /** What the review asks for is begun, or goes on. */
  async start(resume: boolean): Promise<void> {
    if (this.#state.screen !== 'review') return;
    const run = await this.#feature.begin(this.folder, requestParts(this.#state), {
      resume,
      uriOf: (file) => this.#uriOf(file),
    });
    if (run !== undefined) this.follow(run);
  }

  /** A training that a closed or reloaded window left unfinished. */
  async goOn(styleDir: string, afterReload = false): Promise<void> {
    try {
      const uriOf = (file: string): string => this.#uriOf(file);
      const run = await this.#feature.goOn(this.folder, styleDir, { uriOf, afterReload });
      if (run === undefined) await this.review();
      else this.follow(run);
    } catch (error) {
      this.#show({ screen: 'failed', error: this.#feature.services.explain(error), canResume: false });
    }
  }

  async #receive(message: unknown): Promise<void> {
    const parsed = parseFromTunePage(message);
    if (parsed === undefined) {
      this.#feature.services.log.warn('The fine-tuning page sent a message that is not understood; it is ignored.');
      return;
    }
    try {
      await this.#handle(parsed);
    } catch (error) {
      void vscode.window.showErrorMessage(this.#feature.services.explain(error));
    }
  }

  async #handle(message: FromTunePage): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.#post();
        return;
      case 'edit-icon':
        if (this.#state.screen === 'review') await this.#edited(withIcon(this.#state, message));
        return;
      case 'edit-form':
        if (this.#state.screen === 'review' && !sameForm(this.#state.form, message.form))
          await this.#edited({ ...this.#state, form: message.form });
        return;
      case 'save-captions':
        return this.#saveCaptions();
      case 'rescan':
        return this.review();
      case 'start':
        return this.start(false);
      case 'go-on':
        return this.#goOnAfterFailure();
      default:
        await this.#control(message.type);
    }
  }

  async #control(
    type: 'pause' | 'resume' | 'stop' | 'discard' | 'use-style' | 'reveal-style' | 'show-log',
  ): Promise<void> {
    const run = this.#feature.trainings.current;
    switch (type) {
      case 'pause':
      case 'resume':
      case 'stop':
        await run?.act(type);
        return;
      case 'discard':
        if (await this.#feature.confirmDiscard()) {
          run?.discard();
          await this.review();
        }
        return;
      case 'use-style':
        if (this.#state.screen === 'finished') await this.#feature.useStyle(this.#state.name);
        return;
      case 'reveal-style':
        if (run !== undefined) {
          await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(run.options.request.goal.styleDir));
        }
        return;
      case 'show-log':
        await vscode.commands.executeCommand(COMMANDS.showLog);
    }
  }

  async #goOnAfterFailure(): Promise<void> {
    if (this.#state.screen === 'review') return this.start(true);
    const run = this.#feature.trainings.current;
    if (run !== undefined && this.#state.screen === 'failed') await this.goOn(run.options.request.goal.styleDir);
  }

  /** The page shows its own edits; only the estimate comes back. */
  async #edited(review: ReviewState): Promise<void> {
    this.#state = review;
    await this.#estimate();
  }

  async #estimate(): Promise<void> {
    if (this.#state.screen !== 'review') return;
    const { seconds, memoryBytes } = await this.#feature.plan(this.#state);
    this.#send({ type: 'estimate', seconds, memoryBytes });
  }

  async #saveCaptions(): Promise<void> {
    if (this.#state.screen !== 'review' || this.#scan === undefined) return;
    const file = await saveCaptions(this.folder, changedIcons(this.#state, this.#scan));
    await vscode.window.showTextDocument(file, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true });
  }

  get #folderName(): string {
    return vscode.workspace.asRelativePath(this.folder, false);
  }

  #uriOf(file: string): string {
    return this.#panel.webview.asWebviewUri(vscode.Uri.file(file)).toString();
  }

  #show(state: TuneState): void {
    this.#state = state;
    this.#post();
  }

  #remember(tuning: RememberedTuning): void {
    this.#send({ type: 'remember', tuning });
  }

  #post(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#send({ type: 'state', state: this.#state });
  }

  #send(message: ToTunePage): void {
    if (!this.#closed) void this.#panel.webview.postMessage(message);
  }

  #close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#watch?.dispose();
    if (this.#thumbnails !== undefined) void this.#feature.services.scratch.remove(this.#thumbnails);
  }
}
