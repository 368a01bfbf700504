/** The styles that the workspace holds, for the panel. In an untrusted workspace there are none: LoRA files are models. */
import * as vscode from 'vscode';
import { readStyles, styleNamed, type Style, type Styles } from '../catalog/styles';
import { STYLE_START, withStyleWord } from '../domain/style';
import type { ChosenStyle, StyleOption } from '../contract/panel-page';
import type { GenerateParams } from '../contract/worker-api';

export async function workspaceStyles(): Promise<Styles> {
  const folders = vscode.workspace.isTrusted ? (vscode.workspace.workspaceFolders ?? []) : [];
  const found = await Promise.all(folders.map(({ uri }) => readStyles(uri.fsPath)));
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

/** The request's prompt and LoRA files for what was chosen. Throws `not-found` for a style that is gone. */
export function applyStyles(
  prompt: string,
  chosen: readonly ChosenStyle[],
  styles: Styles,
): Pick<GenerateParams, 'prompt' | 'loras'> {
  const used = chosen
    .filter(({ weight }) => weight !== 0)
    .map(({ name, weight }): Style & { readonly weight: number } => ({ ...styleNamed(styles, name), weight }));
  if (used.length === 0) return { prompt };
  return {
    prompt: used.reduce((text, { file }) => withStyleWord(text, file.styleWord), prompt),
    loras: used.map(({ name, loraPath, weight }) => ({ name, path: loraPath, weight, start: STYLE_START })),
  };
}
