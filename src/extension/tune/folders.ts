/** Folders of the workspace that look like icon sets. */
import path from 'node:path';
import * as vscode from 'vscode';
import { ICON_COUNT } from '../../domain/limits';

const PICTURES = '**/*.{svg,png,webp,ico}';
const COMPONENTS = '**/{Icon*,*Icon}.{tsx,jsx,vue,svelte}';
const IGNORED = '**/{node_modules,dist,build,out,coverage,.git,.fourstep}/**';
const MOST_FILES = 20_000;

interface Candidate extends vscode.QuickPickItem {
  readonly uri?: vscode.Uri;
}

/** Asks which folder to learn from; undefined when the user leaves. */
export async function pickIconFolder(): Promise<vscode.Uri | undefined> {
  const browse: Candidate = { label: vscode.l10n.t('$(folder-opened) Another folder …') };
  const chosen = await vscode.window.showQuickPick<Candidate>(
    candidates().then((found) => [...found, browse]),
    {
      title: vscode.l10n.t('Fine-tune on Icon Set'),
      placeHolder: vscode.l10n.t('Which folder holds the icons?'),
    },
  );
  if (chosen === undefined) return undefined;
  return chosen.uri ?? (await browseFolder());
}

async function candidates(): Promise<Candidate[]> {
  const found = await Promise.all(
    [PICTURES, COMPONENTS].map((pattern) => vscode.workspace.findFiles(pattern, IGNORED, MOST_FILES)),
  );
  const counts = new Map<string, number>();
  for (const file of found.flat()) {
    const folder = path.posix.dirname(file.path);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  const [workspace] = vscode.workspace.workspaceFolders ?? [];
  return [...counts]
    .filter(([, count]) => count >= ICON_COUNT.least)
    .sort(([, a], [, b]) => b - a)
    .map(([folder, count]) => {
      const uri = workspace === undefined ? vscode.Uri.file(folder) : workspace.uri.with({ path: folder });
      return {
        label: vscode.workspace.asRelativePath(uri, false),
        description: vscode.l10n.t('{0} pictures', count),
        uri,
      };
    });
}

async function browseFolder(): Promise<vscode.Uri | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: vscode.l10n.t('Use these icons'),
    })) ?? [];
  return folder;
}
