/** The variants panel: a page beside the editor, the job it runs, and what its buttons do. */
import * as vscode from 'vscode';
import { parseFromPanel } from '../../contract/panel-page';
import type { FromPanel, PanelSettings, PanelState, ToPanel } from '../../contract/panel-page';
import type { Variant } from '../../contract/worker-api';
import { COMMANDS, PANEL_TYPE } from '../command-ids';
import { saveVariants, type SaveRequest } from '../save/save';
import type { Services } from '../services';
import { readSettings } from '../settings';
import { panelStrings } from '../strings';
import { styleOptions, workspaceStyles } from '../styles';
import { pageFolder, pageHtml } from '../webview-html';
import { initialState, Job, type StateChange } from './job';
import type { Target } from './target';

export class VariantsPanel {
  readonly #services: Services;
  readonly #panel: vscode.WebviewPanel;
  readonly #onClose = new vscode.EventEmitter<void>();
  readonly onClose = this.#onClose.event;
  #state: PanelState;
  #target: Target | undefined;
  #job: Job | undefined;
  #folder: string | undefined;
  #variants: readonly Variant[] = [];
  #closed = false;

  constructor(services: Services, panel: vscode.WebviewPanel, settings: PanelSettings) {
    this.#services = services;
    this.#panel = panel;
    this.#state = initialState(settings, services.status.modelLine);
    panel.webview.options = VariantsPanel.options(services);
    const media = vscode.Uri.joinPath(services.extensionUri, 'media');
    panel.iconPath = {
      light: vscode.Uri.joinPath(media, 'tab-light.svg'),
      dark: vscode.Uri.joinPath(media, 'tab-dark.svg'),
    };
    panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(message));
    panel.onDidDispose(() => {
      this.#close();
    });
    panel.webview.html = pageHtml(panel.webview, services.extensionUri, {
      script: 'panel.js',
      title: vscode.l10n.t('Variants'),
      strings: panelStrings(),
    });
  }

  static open(services: Services, settings: PanelSettings): VariantsPanel {
    const title = vscode.l10n.t('Variants');
    const column = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: false };
    return new VariantsPanel(
      services,
      vscode.window.createWebviewPanel(PANEL_TYPE, title, column, this.options(services)),
      settings,
    );
  }

  static options(services: Services): vscode.WebviewPanelOptions & vscode.WebviewOptions {
    return { enableScripts: true, localResourceRoots: [pageFolder(services.extensionUri), services.scratch.root] };
  }

  get state(): PanelState {
    return this.#state;
  }

  get busy(): boolean {
    return ['queued', 'loading', 'working', 'stopping'].includes(this.#state.phase);
  }

  reveal(): void {
    this.#panel.reveal(undefined, false);
  }

  /** Shows a prompt for a place in a document and, unless it is empty, starts at once. */
  async show(settings: PanelSettings, target: Target | undefined, notices: readonly string[] = []): Promise<void> {
    this.#target = target;
    this.#state = { ...initialState(settings, this.#services.status.modelLine), notices };
    await this.#offerStyles();
    if (settings.prompt !== '') await this.generate(settings, notices);
  }

  async generate(settings: PanelSettings, notices: readonly string[] = []): Promise<void> {
    if (this.busy) return;
    const { scratch, worker } = this.#services;
    this.#panel.title = vscode.l10n.t('Variants: {0}', settings.prompt.slice(0, 30));
    const { styles } = this.#state;
    this.#state = { ...initialState(settings, this.#services.status.modelLine), styles, phase: 'loading' };
    this.#variants = [];
    this.#post();
    const previous = this.#folder;
    const folder = await scratch.create();
    this.#folder = folder;
    if (previous !== undefined) await scratch.remove(previous);
    try {
      const params = await worker.generateParams(settings, folder);
      const uriOf = (file: string): string => this.#panel.webview.asWebviewUri(vscode.Uri.file(file)).toString();
      const job = new Job({
        params,
        uriOf,
        onChange: (change) => {
          this.#change(change);
        },
      });
      this.#job = job;
      const result = await job.run(worker);
      this.#variants = result?.variants ?? [];
      if (result !== undefined && notices.length > 0) this.#change({ notices: [...notices, ...result.notices] });
    } catch (error) {
      this.#change({ phase: 'failed', error: this.#services.explain(error) });
    } finally {
      this.#job = undefined;
      this.#change({ modelLine: this.#services.status.modelLine });
      if (this.#closed) await scratch.remove(folder);
    }
  }

  async #receive(message: unknown): Promise<void> {
    const parsed = parseFromPanel(message);
    if (parsed === undefined) {
      this.#services.log.warn('The variants page sent a message that is not understood; it is ignored.');
      return;
    }
    await this.#handle(parsed);
  }

  async #handle(message: FromPanel): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.#post();
        return this.#offerStyles();
      case 'generate':
        return this.generate(message.settings);
      case 'stop':
        this.#job?.stop();
        return;
      case 'stop-now':
        this.#services.worker.stopNow();
        return;
      case 'save':
        return this.#saveOrExplain(message.indices);
      case 'show-log':
        await vscode.commands.executeCommand(COMMANDS.showLog);
    }
  }

  /** Saves finished variants; returns the path shown for each. Throws what `saveVariants` throws. */
  async save(indices: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const request = this.saveRequest(indices);
    if (request.variants.length === 0) return new Map();
    const saved = await saveVariants(request);
    const cards = this.#state.cards.map((card) => {
      const path = saved.get(card.index);
      return path === undefined ? card : { ...card, savedAs: path };
    });
    this.#change({ cards });
    return saved;
  }

  saveRequest(indices: readonly number[]): SaveRequest {
    return {
      variants: this.#variants.filter(({ index }) => indices.includes(index)),
      target: this.#target,
      settings: readSettings(this.#target?.uri),
      services: this.#services,
    };
  }

  async #saveOrExplain(indices: readonly number[]): Promise<void> {
    try {
      await this.save(indices);
    } catch (error) {
      void vscode.window.showErrorMessage(this.#services.explain(error));
    }
  }

  /** Shows the styles that the workspace has now. */
  async #offerStyles(): Promise<void> {
    const { log, worker } = this.#services;
    const found = await workspaceStyles();
    for (const { folder, reason } of found.problems) log.warn(`${folder}: ${reason}`);
    const model = await worker.model().catch(() => undefined);
    this.#state = { ...this.#state, styles: styleOptions(found, model?.id ?? '') };
    this.#post();
  }

  #change(change: StateChange): void {
    this.#state = { ...this.#state, ...change };
    this.#services.status.showJob(this.busy ? this.#state : undefined);
    this.#post();
  }

  #post(): void {
    if (this.#closed) return;
    void this.#panel.webview.postMessage({ type: 'state', state: this.#state } satisfies ToPanel);
  }

  #close(): void {
    this.#closed = true;
    this.#job?.stop();
    if (this.#job === undefined && this.#folder !== undefined) void this.#services.scratch.remove(this.#folder);
    this.#onClose.fire();
    this.#onClose.dispose();
  }
}
