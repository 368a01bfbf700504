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
    const shown = this.#current;
    shown?.reveal();
    const isShown = shown?.folder.toString() === folder.toString();
    const panel = isShown ? shown : this.adopt(await TunePanel.open(this.feature, folder));
    await panel.review();
    return panel;
  }

  /** Shows the training that runs. */
  async followCurrent(): Promise<boolean> {
    const run = this.feature.trainings.current;
    if (run?.running !== true) return false;
    this.#current?.reveal();
    const panel =
      this.#current ?? this.adopt(await TunePanel.open(this.feature, vscode.Uri.file(run.options.request.folder)));
    panel.follow(run);
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
        const folder = vscode.Uri.file(tuning.folder);
        const workspace = await panels.feature.workspaceOf(folder);
        const panel = panels.adopt(new TunePanel(panels.feature, page, folder, workspace));
        await (tuning.styleDir === undefined ? panel.review() : panel.goOn(tuning.styleDir, true));
      },
    }),
  );
  return { panels, registration };
}

/** From the explorer with its folder, else the user is asked. A running training is shown instead. */
async function tuneOn(panels: TunePanels, argument: unknown): Promise<void> {
  if (await panels.followCurrent()) return;
  const folder = argument instanceof vscode.Uri ? argument : await pickIconFolder();
  if (folder !== undefined) await panels.open(folder);
}
