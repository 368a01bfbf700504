/** Chosen variants into the workspace: files and reference in one edit, so that one undo takes both back. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../domain/errors';
import { freeName, slugOf } from '../../domain/file-names';
import { checkInside } from '../../files/inside';
import type { Variant } from '../../contract/worker-api';
import type { Target } from '../generate/target';
import type { Services } from '../services';
import type { EditorSettings } from '../../contract/editor-settings';
import { assetsFolder, configuredFolder } from './assets-folder';
import { referencesFor, type SavedPicture } from './reference';

export interface SaveRequest {
  readonly variants: readonly Variant[];
  readonly target: Target | undefined;
  readonly settings: EditorSettings;
  readonly services: Services;
}

/** Saves and refers; returns the path shown for each variant index. Throws `io` or `bad-request` with nothing written. */
export async function saveVariants(request: SaveRequest): Promise<ReadonlyMap<number, string>> {
  const folder = await chooseFolder(request);
  if (folder === undefined) return new Map();
  const files = await nameFiles(folder, request.variants);
  const edit = new vscode.WorkspaceEdit();
  for (const { uri, bytes } of files)
    edit.createFile(uri, { contents: bytes, overwrite: false, ignoreIfExists: false });
  const references = await addReferences(edit, request, files);
  if (!(await vscode.workspace.applyEdit(edit))) {
    throw new UserError(
      'io',
      vscode.l10n.t(
        'The pictures could not be written to {0}. Check that the folder can be written to and try again.',
        folder,
      ),
    );
  }
  await report(references, files, request);
  return new Map(files.map(({ variant, uri }) => [variant.index, vscode.workspace.asRelativePath(uri)]));
}

interface NewFile {
  readonly variant: Variant;
  readonly uri: vscode.Uri;
  readonly bytes: Uint8Array;
}

async function chooseFolder({ target, settings }: SaveRequest): Promise<string | undefined> {
  const workspace = workspaceFolder(target);
  if (workspace === undefined) return askForFolder();
  const folder = await folderFor(workspace, { target, settings });
  await checkInside(workspace, folder, 'inside');
  return folder;
}

function folderFor(
  workspace: string,
  { target, settings }: Pick<SaveRequest, 'target' | 'settings'>,
): string | Promise<string> {
  if (settings.outputFolder !== '') {
    const folder = configuredFolder(workspace, settings.outputFolder);
    if (folder !== undefined) return folder;
    throw new UserError(
      'bad-request',
      vscode.l10n.t(
        'The setting fourstep.output.folder is "{0}", which leads out of the workspace. Use a path below {1}.',
        settings.outputFolder,
        workspace,
      ),
    );
  }
  const documentFolder = target?.uri.scheme === 'file' ? path.dirname(target.uri.fsPath) : workspace;
  return assetsFolder(workspace, documentFolder, subfolders);
}

function workspaceFolder(target: Target | undefined): string | undefined {
  const folder = target === undefined ? undefined : vscode.workspace.getWorkspaceFolder(target.uri);
  return (folder ?? vscode.workspace.workspaceFolders?.[0])?.uri.fsPath;
}

async function askForFolder(): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    title: vscode.l10n.t('Where should the pictures be saved?'),
    openLabel: vscode.l10n.t('Save here'),
  });
  return chosen?.[0]?.fsPath;
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function nameFiles(folder: string, variants: readonly Variant[]): Promise<NewFile[]> {
  const taken = new Set(await readdir(folder).catch(() => []));
  const files: NewFile[] = [];
  for (const variant of variants) {
    const name = freeName(slugOf(variant.recipe.prompt), path.extname(variant.path).slice(1), taken);
    taken.add(name);
    files.push({ variant, uri: vscode.Uri.file(path.join(folder, name)), bytes: await readFile(variant.path) });
  }
  return files;
}

/** Where the reference went: into the document, or, when its place is gone, to the clipboard. */
type References = { readonly placed: true } | { readonly placed: false; readonly text: string };

async function addReferences(
  edit: vscode.WorkspaceEdit,
  { target }: SaveRequest,
  files: readonly NewFile[],
): Promise<References> {
  const languageId = target?.languageId ?? 'markdown';
  const base = target?.uri.scheme === 'file' ? path.dirname(target.uri.fsPath) : undefined;
  const text = referencesFor(
    languageId,
    files.map((file) => pictureOf(file, base)),
  );
  if (target === undefined) return { placed: false, text };
  const document = await Promise.resolve(vscode.workspace.openTextDocument(target.uri)).catch(() => undefined);
  const range = document === undefined ? undefined : target.locate(document);
  if (range === undefined) return { placed: false, text };
  edit.replace(target.uri, range, text);
  return { placed: true };
}

function pictureOf({ variant, uri }: NewFile, base: string | undefined): SavedPicture {
  const relative = base === undefined ? vscode.workspace.asRelativePath(uri, false) : path.relative(base, uri.fsPath);
  return {
    path: relative.split(path.sep).join('/'),
    alt: variant.recipe.prompt,
    width: variant.width,
    height: variant.height,
  };
}

async function report(references: References, files: readonly NewFile[], { services }: SaveRequest): Promise<void> {
  const names = files.map(({ uri }) => vscode.workspace.asRelativePath(uri)).join(', ');
  services.log.info(`saved ${names}`);
  if (references.placed) {
    vscode.window.setStatusBarMessage(vscode.l10n.t('Saved {0}', names), 5000);
    return;
  }
  await vscode.env.clipboard.writeText(references.text);
  void vscode.window.showInformationMessage(
    vscode.l10n.t(
      'Saved {0}. The reference is on the clipboard, because its place in the document is not known any more.',
      names,
    ),
  );
}
