/** All settings, read in one place as one typed object; what they may be is declared in the contract. */
import * as vscode from 'vscode';
import { INK, INK_ON_DARK } from '../domain/style';
import { SECTION, settingsFrom, type EditorSettings } from '../contract/editor-settings';

export function readSettings(scope?: vscode.Uri): EditorSettings {
  return settingsIn(scope).settings;
}

/** Says in the log which settings cannot be used as they are set, now and after every change. */
export function reportSettings(log: vscode.LogOutputChannel): vscode.Disposable {
  const report = (): void => {
    for (const problem of settingsIn().problems) log.warn(problem);
  };
  report();
  return vscode.workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration(SECTION)) report();
  });
}

function settingsIn(scope?: vscode.Uri): ReturnType<typeof settingsFrom> {
  const section = vscode.workspace.getConfiguration(SECTION, scope);
  return settingsFrom((key) => section.get<unknown>(key));
}

/** The colour that `currentColor` stands for in this workspace's icons. */
export function inkColor(): string {
  const { currentColor } = readSettings();
  if (currentColor !== 'theme') return currentColor === '' ? INK : currentColor;
  const { kind } = vscode.window.activeColorTheme;
  const dark = kind === vscode.ColorThemeKind.Dark || kind === vscode.ColorThemeKind.HighContrast;
  return dark ? INK_ON_DARK : INK;
}
