/** `fourstep` as a command of VS Code's terminals, and where it lies for all others. */
import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../domain/errors';
import { SECTION } from '../../contract/editor-settings';
import { LIMITS, readRegular } from '../../files/regular-file';
import { replaceFile } from '../../files/replace-file';
import { COMMANDS } from '../command-ids';
import { readSettings } from '../settings';
import { launcherFiles, type LauncherFile } from './launchers';

const EXECUTABLE = 0o755;

/** The folder has one path for all versions of the extension, so that a PATH which names it stays right. */
export function registerTerminal(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): vscode.Disposable {
  const folder = path.join(context.globalStorageUri.fsPath, 'bin');
  const write = (): void => {
    writeLaunchers(context, folder).catch((error: unknown) => {
      log.warn(`The command "fourstep" could not be written: ${messageOf(error)}`);
    });
  };
  write();
  const { environmentVariableCollection: environment } = context;
  environment.description = vscode.l10n.t('Adds the command `fourstep`.');
  // A start-up file of the shell may set the PATH anew; shell integration comes after it.
  const always = { applyAtProcessCreation: true, applyAtShellIntegration: true };
  environment.append('PATH', `${path.delimiter}${folder}`, always);
  return vscode.Disposable.from(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(`${SECTION}.worker.nodePath`)) write();
    }),
    vscode.commands.registerCommand(COMMANDS.useInTerminal, () => explainUse(folder)),
  );
}

async function writeLaunchers({ extensionPath }: vscode.ExtensionContext, folder: string): Promise<void> {
  const { workerNodePath } = readSettings();
  const started = {
    node: workerNodePath === '' ? process.execPath : workerNodePath,
    cli: path.join(extensionPath, 'dist', 'cli.js'),
  };
  await mkdir(folder, { recursive: true });
  const files = launcherFiles(started, process.platform, os.homedir());
  await Promise.all(files.map((file) => writeLauncher(folder, file)));
}

/** One that is right already is left alone: another window, or a terminal, may be reading it. */
async function writeLauncher(folder: string, { name, text }: LauncherFile): Promise<void> {
  const file = path.join(folder, name);
  const there = await readRegular(file, { most: LIMITS.config }).catch(() => undefined);
  if (there?.toString('utf8') === text) return;
  await replaceFile(file, async (handle) => {
    await handle.writeFile(text);
    await handle.chmod(EXECUTABLE);
  });
}

async function explainUse(folder: string): Promise<void> {
  const open = vscode.l10n.t('Open Terminal');
  const copy = vscode.l10n.t('Copy Folder');
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t(
      "The command fourstep works in VS Code's terminals. For other terminals, add this folder to their PATH: {0}",
      folder,
    ),
    open,
    copy,
  );
  if (chosen === copy) await vscode.env.clipboard.writeText(folder);
  if (chosen !== open) return;
  const terminal = vscode.window.createTerminal('Fourstep');
  terminal.show();
  terminal.sendText('fourstep --help');
}
