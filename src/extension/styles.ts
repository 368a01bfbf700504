/** The styles that the workspace holds, for the panel. In an untrusted workspace there are none: LoRA files are models. */
import path from 'node:path';
import * as vscode from 'vscode';
import { readStyles, styleNamed, type Styles } from '../catalog/styles';
import { workspaceAround } from '../catalog/workspace';
import type { ChosenStyle, StyleOption } from '../contract/panel-page';
import { STYLE_FILES } from '../domain/style';
import type { GenerationIntent } from '../product/generation';

/** Folders with styles of their own below an opened one; nobody has more. */
const MOST_HOMES = 1000;

/** Of every folder of the workspace: its own, those that a terminal in it would use, and those of parts of it that have their own. */
export async function workspaceStyles(): Promise<Styles> {
  const folders = vscode.workspace.isTrusted ? (vscode.workspace.workspaceFolders ?? []) : [];
  const around = await Promise.all(folders.map(({ uri }) => workspaceAround(uri.fsPath)));
  const homes = new Set([...folders.map(({ uri }) => uri.fsPath), ...around, ...(await homesInside(folders))]);
  const found = await Promise.all([...homes].map(readStyles));
  return {
    styles: found.flatMap(({ styles }) => styles),
    problems: found.flatMap(({ problems }) => problems),
  };
}

async function homesInside(folders: readonly vscode.WorkspaceFolder[]): Promise<string[]> {
  if (folders.length === 0) return [];
  const pattern = `**/.fourstep/styles/*/${STYLE_FILES.style}`;
  const files = await vscode.workspace.findFiles(pattern, '**/node_modules/**', MOST_HOMES);
  // Of …/.fourstep/styles/<name>/style.json
  return files.map(({ fsPath }) => path.resolve(fsPath, '../../../..'));
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
