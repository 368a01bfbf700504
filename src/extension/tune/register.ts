/** "Fourstep: Fine-tune on Icon Set", and the page it opens. */
import * as vscode from 'vscode';
import { COMMANDS, TUNE_PANEL_TYPE } from '../command-ids';
import type { Services } from '../services';
import { pickIconFolder } from './folders';
import { TunePanel } from './panel';
import { remembered } from '../../contract/tune-page';
import { Trainings } from './trainings';
import { TuneFeature } from './tune-feature';

/** The page that is open, if any; there is one a window, as there is one training. */
export class TunePanels {
  #current: TunePanel | undefined;

  constructor(readonly feature: TuneFeature) {}

  get current(): TunePanel | undefined {
    return this.#current;
  }

  async open(folder: vscode.Uri): Promise<TunePanel> {
    this.#current?.reveal();
    if (this.#current?.folder.toString() !== folder.toString()) {
      this.#current = this.adopt(TunePanel.open(this.feature, folder));
    }
    const panel = this.#current;
    await panel.review();
    return panel;
  }

  /** Shows the training that runs. */
  followCurrent(): boolean {
    const run = this.feature.trainings.current;
    if (run?.running !== true) return false;
    this.#current?.reveal();
    this.#current ??= this.adopt(TunePanel.open(this.feature, vscode.Uri.file(run.options.request.folder)));
    this.#current.follow(run);
    return true;
  }

  adopt(panel: TunePanel): TunePanel {
    this.#current = panel;
    panel.onClose(() => {
      if (this.#current === panel) this.#current = undefined;
    });
    return panel;
  }
}

export interface Tuning {
  readonly panels: TunePanels;
  readonly registration: vscode.Disposable;
}

export function registerTune(services: Services, useStyle: (name: string) => Promise<void>): Tuning {
  const trainings = new Trainings(services.status);
  const panels = new TunePanels(new TuneFeature(services, trainings, useStyle));
  const registration = vscode.Disposable.from(
    trainings,
    vscode.commands.registerCommand(COMMANDS.tune, (folder: unknown) => tuneOn(panels, folder)),
    vscode.window.registerWebviewPanelSerializer(TUNE_PANEL_TYPE, {
      deserializeWebviewPanel: async (page, saved: unknown) => {
        const tuning = remembered(saved);
        if (tuning === undefined || !vscode.workspace.isTrusted) {
          page.dispose();
          return;
        }
        const panel = panels.adopt(new TunePanel(panels.feature, page, vscode.Uri.file(tuning.folder)));
        await (tuning.styleDir === undefined ? panel.review() : panel.goOn(tuning.styleDir, true));
      },
    }),
  );
  return { panels, registration };
}

/** From the explorer with its folder, else the user is asked. A running training is shown instead. */
async function tuneOn(panels: TunePanels, argument: unknown): Promise<void> {
  if (panels.followCurrent()) return;
  const folder = argument instanceof vscode.Uri ? argument : await pickIconFolder();
  if (folder !== undefined) await panels.open(folder);
}
