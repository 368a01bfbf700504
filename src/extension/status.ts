/** The status-bar item: which model on which device, and what it is doing. */
import * as vscode from 'vscode';
import type { WorkerStatus } from '../host/worker-client';
import type { PanelState } from '../contract/panel-page';
import { COMMANDS } from './command-ids';
import { SECTION } from '../contract/editor-settings';
import { readSettings } from './settings';
import type { ExtensionWorker } from './worker';

export class StatusItem implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #subscriptions: vscode.Disposable;
  #worker: WorkerStatus = { state: 'stopped' };
  #job: PanelState | undefined;
  #training: string | undefined;

  constructor(worker: ExtensionWorker) {
    this.#item = vscode.window.createStatusBarItem('fourstep.status', vscode.StatusBarAlignment.Right, 90);
    this.#item.name = 'Fourstep';
    this.#item.command = COMMANDS.statusMenu;
    this.#subscriptions = vscode.Disposable.from(
      this.#item,
      worker.onStatus((status) => {
        this.#worker = status;
        this.#update();
      }),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(SECTION)) this.#update();
      }),
    );
    this.#update();
    this.#item.show();
  }

  /** "icons-v1 · cpu" */
  get modelLine(): string {
    const model = readSettings().model;
    const name = model === '' ? vscode.l10n.t('built-in model') : (model.split(/[/\\]/).at(-1) ?? model);
    return this.#worker.device === undefined ? name : `${name} · ${this.#worker.device}`;
  }

  /** The job to show; undefined when none runs. */
  showJob(state: PanelState | undefined): void {
    this.#job = state;
    this.#update();
  }

  /** What a training is doing; undefined when none runs. */
  showTraining(text: string | undefined): void {
    this.#training = text;
    this.#update();
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  #update(): void {
    const down = this.#worker.state === 'down';
    const activity = this.#job === undefined ? this.#training : this.#jobText(this.#job);
    this.#item.text = down
      ? vscode.l10n.t('$(error) Fourstep: stopped')
      : activity === undefined
        ? `$(symbol-color) ${this.modelLine}`
        : `$(loading~spin) ${activity}`;
    this.#item.backgroundColor = down ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    this.#item.tooltip = down
      ? vscode.l10n.t('The worker crashed too often and stays down. Click to restart it or to see the log.')
      : vscode.l10n.t('Fourstep: {0}', this.modelLine);
    this.#item.accessibilityInformation = {
      label: vscode.l10n.t('Fourstep: {0}', activity ?? this.modelLine),
    };
  }

  #jobText(state: PanelState): string {
    return state.step > 0 ? vscode.l10n.t('Step {0} of {1}', state.step, state.steps) : vscode.l10n.t('Generating …');
  }
}

/** What a click on the item offers, and the commands behind it. */
export function registerStatusMenu(worker: ExtensionWorker, log: vscode.LogOutputChannel): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand(COMMANDS.showLog, () => {
      log.show(true);
    }),
    vscode.commands.registerCommand(COMMANDS.restartWorker, () => worker.restart()),
    vscode.commands.registerCommand(COMMANDS.statusMenu, async () => {
      const items = [
        { label: vscode.l10n.t('$(sparkle) Generate Image from Selection'), command: COMMANDS.generate, args: [] },
        { label: vscode.l10n.t('$(mortar-board) Fine-tune on Icon Set'), command: COMMANDS.tune, args: [] },
        { label: vscode.l10n.t('$(package) Models'), command: COMMANDS.models, args: [] },
        { label: vscode.l10n.t('$(debug-restart) Restart Worker'), command: COMMANDS.restartWorker, args: [] },
        { label: vscode.l10n.t('$(output) Show Log'), command: COMMANDS.showLog, args: [] },
        {
          label: vscode.l10n.t('$(settings-gear) Settings'),
          command: 'workbench.action.openSettings',
          args: ['@ext:fourstep.fourstep'],
        },
      ];
      const chosen = await vscode.window.showQuickPick(items, { title: 'Fourstep' });
      if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command, ...chosen.args);
    }),
  );
}
