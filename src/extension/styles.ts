/** The styles that the workspace holds, for the panel. In an untrusted workspace there are none: LoRA files are models. */
import * as vscode from 'vscode';
import { readStyles, styleNamed, type Styles } from '../catalog/styles';
import { workspaceAround } from '../catalog/workspace';
import type { ChosenStyle, StyleOption } from '../contract/panel-page';
import type { GenerationIntent } from '../product/generation';

/** Of every folder of the workspace: its own, and those that a terminal in it would use. */
export async function workspaceStyles(): Promise<Styles> {
  const folders = vscode.workspace.isTrusted ? (vscode.workspace.workspaceFolders ?? []) : [];
  const around = await Promise.all(folders.map(({ uri }) => workspaceAround(uri.fsPath)));
  const homes = new Set([...folders.map(({ uri }) => uri.fsPath), ...around]);
  const found = await Promise.all([...homes].map(readStyles));
  return {
    styles: found.flatMap(({ styles }) => styles),
    problems: found.flatMap(({ problems }) => problems),
  };
}

/** What the panel offers; a style of another model is shown with the reason why it cannot be used. */
export function styleOptions({ styles }: Styles, modelId: string): StyleOption[] {
  return styles.map(({ name, file }) =>
    file.model.id === modelId ? { name } : { name, refusal: vscode.l10n.t('made for {0}', file.model.id) },
  );
}

/** Throws `not-found` for a style that is gone. */
export function chosenStyles(chosen: readonly ChosenStyle[], styles: Styles): GenerationIntent['styles'] {
  return chosen.map(({ name, weight }) => ({ style: styleNamed(styles, name), weight }));
}
