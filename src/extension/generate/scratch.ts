/** Folders for previews and unsaved results: outside the workspace, removed with the panel, swept when left behind. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';

/** Left behind by a window that crashed; a running one is never this old without a write. */
const STALE_AFTER_MS = 24 * 60 * 60 * 1000;

export class Scratch {
  readonly root: vscode.Uri;
  #swept = false;

  constructor(context: vscode.ExtensionContext) {
    this.root = vscode.Uri.joinPath(context.storageUri ?? context.globalStorageUri, 'variants');
  }

  /** A new empty folder. */
  async create(): Promise<string> {
    if (!this.#swept) await this.#sweep();
    const folder = path.join(this.root.fsPath, randomUUID());
    await mkdir(folder, { recursive: true });
    return folder;
  }

  async remove(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
  }

  async #sweep(): Promise<void> {
    this.#swept = true;
    const names = await readdir(this.root.fsPath).catch(() => []);
    for (const name of names) {
      const folder = path.join(this.root.fsPath, name);
      const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Date.now() }));
      if (Date.now() - mtimeMs > STALE_AFTER_MS) await this.remove(folder);
    }
  }
}
