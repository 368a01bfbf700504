/** captions.jsonl: the user's own captions, beside the icons, so that they can be committed. */
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { UserError } from '../../domain/errors';
import { checkInside } from '../../files/inside';
import { LIMITS, readRegular } from '../../files/regular-file';
import type { ReviewIcon } from '../../contract/tune-page';

export const CAPTIONS_FILE = 'captions.jsonl';

/** The lines that are there, with those of the changed icons replaced or added. Returns the file. */
export async function saveCaptions(folder: vscode.Uri, changed: readonly ReviewIcon[]): Promise<vscode.Uri> {
  const file = vscode.Uri.joinPath(folder, CAPTIONS_FILE);
  await checkPlace(folder, file);
  const ids = new Set(changed.map(({ id }) => id));
  const kept = (await linesOf(file)).filter((line) => !ids.has(idOf(line) ?? ''));
  const added = changed.map(({ id, caption, excluded }) =>
    JSON.stringify(excluded ? { id, exclude: true } : { id, caption: caption.trim() }),
  );
  const text = [...kept, ...added].map((line) => `${line}\n`).join('');
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

async function linesOf(file: vscode.Uri): Promise<string[]> {
  try {
    const text = (await readRegular(file.fsPath, { most: LIMITS.captions })).toString('utf8');
    return text.split(/\r?\n/).filter((line) => line.trim() !== '');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    if (error instanceof UserError) throw error;
    throw new UserError('io', vscode.l10n.t('{0} could not be read.', file.fsPath), { cause: error });
  }
}

function idOf(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
      ? value.id
      : undefined;
  } catch {
    // Somebody's line that is no JSON stays as it is; reading it says what is wrong.
    return undefined;
  }
}
