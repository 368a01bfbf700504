/** Saves the user's own captions beside the icons, so that they can be committed. */
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { CAPTIONS_FILE, withCaptions } from '../../contract/captions';
import type { ReviewIcon } from '../../contract/tune-page';
import { checkInside } from '../../files/inside';
import { LIMITS, textIfThere } from '../../files/regular-file';

/** The lines that are there, with those of the changed icons replaced or added. Returns the file. */
export async function saveCaptions(folder: vscode.Uri, changed: readonly ReviewIcon[]): Promise<vscode.Uri> {
  const file = vscode.Uri.joinPath(folder, CAPTIONS_FILE);
  await checkPlace(folder, file);
  const captions = changed.map(({ id, caption, excluded }) =>
    excluded ? { id, exclude: true } : { id, caption: caption.trim() },
  );
  const text = withCaptions(await textIfThere(file.fsPath, { most: LIMITS.captions, code: 'bad-request' }), captions);
  // A name that nobody knows before: nobody can have put a link there.
  const part = file.with({ path: `${file.path}.${randomUUID()}.part` });
  await vscode.workspace.fs.writeFile(part, new TextEncoder().encode(text));
  await vscode.workspace.fs.rename(part, file, { overwrite: true });
  return file;
}

/** The file itself is no link, and a folder of the workspace does not lead out of it. */
async function checkPlace(folder: vscode.Uri, file: vscode.Uri): Promise<void> {
  const workspace = vscode.workspace.getWorkspaceFolder(folder);
  if (workspace !== undefined) await checkInside(workspace.uri.fsPath, folder.fsPath, 'inside');
  await checkInside(folder.fsPath, file.fsPath);
}
