/** "Fourstep: Generate Image from Selection", and the panels it opens. */
import * as vscode from 'vscode';
import { LORA_WEIGHT } from '../../contract/drawing-settings';
import { defaultPanel, restoredPanel, type PanelSettings } from '../../contract/panel-page';
import { COMMANDS, PANEL_TYPE } from '../command-ids';
import { promptFrom } from '../prompt';
import type { Services } from '../services';
import { readSettings } from '../settings';
import { randomSeed } from './job';
import { VariantsPanel } from './panel';
import { Target } from './target';

export class Panels {
  #current: VariantsPanel | undefined;

  constructor(readonly services: Services) {}

  get current(): VariantsPanel | undefined {
    return this.#current;
  }

  /** The open panel if it is free, else a new one. */
  available(settings: PanelSettings): VariantsPanel {
    if (this.#current !== undefined && !this.#current.busy) {
      this.#current.reveal();
      return this.#current;
    }
    return this.adopt(VariantsPanel.open(this.services, settings));
  }

  adopt(panel: VariantsPanel): VariantsPanel {
    this.#current = panel;
    panel.onClose(() => {
      if (this.#current === panel) this.#current = undefined;
    });
    return panel;
  }
}

export function registerGenerate(services: Services, panels: Panels): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand(COMMANDS.generate, () => generateFromSelection(panels)),
    vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, {
      // After a window reload the job is gone; the panel comes back with its settings, ready to run again.
      deserializeWebviewPanel: (panel, saved: unknown) => {
        panels.adopt(new VariantsPanel(services, panel, restoredSettings(services, saved)));
        return Promise.resolve();
      },
    }),
  );
}

/** Opens a panel for a prompt from elsewhere (the gallery). */
export async function generateFromPrompt(panels: Panels, prompt: string): Promise<void> {
  const settings = { ...defaultSettings(), prompt };
  await panels.available(settings).show(settings, undefined);
}

/** Opens a panel with a style chosen, for the next prompt. */
export async function generateWithStyle(panels: Panels, style: string): Promise<void> {
  const settings = {
    ...defaultSettings(),
    styles: [{ name: style, weight: LORA_WEIGHT.default }],
  };
  await panels.available(settings).show(settings, undefined);
}

async function generateFromSelection(panels: Panels): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const { text, cut } = promptFrom(editor?.document.getText(editor.selection) ?? '');
  const prompt = text === '' ? await askForPrompt() : text;
  if (prompt === undefined) return;
  const settings = { ...defaultSettings(editor?.document.uri), prompt };
  const notices = cut
    ? [vscode.l10n.t('The selection is longer than a prompt can be; only its beginning is used.')]
    : [];
  await panels.available(settings).show(settings, editor === undefined ? undefined : Target.of(editor), notices);
}

async function askForPrompt(): Promise<string | undefined> {
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t('Generate Image'),
    prompt: vscode.l10n.t('Nothing is selected. Describe the picture.'),
    placeHolder: vscode.l10n.t('a paper plane icon, flat, blue'),
  });
  return typed === undefined || typed.trim() === '' ? undefined : typed.trim();
}

function defaultSettings(scope?: vscode.Uri): PanelSettings {
  return defaultPanel(readSettings(scope), randomSeed());
}

/** What the page had kept; a page is a browser, so it is checked like any other message. */
function restoredSettings({ log }: Services, saved: unknown): PanelSettings {
  const { settings, problem } = restoredPanel(saved, defaultSettings());
  if (problem !== undefined) log.warn(`The settings that the variants page had kept are not used: ${problem}.`);
  return { ...settings, prompt: promptFrom(settings.prompt).text };
}
