/** Folders for previews and unsaved results: outside the workspace, removed with the panel, swept when a killed window left them. */
import { mkdir, rm } from 'node:fs/promises';
import * as vscode from 'vscode';
import { makeScratch, sweepScratch } from '../../files/scratch';

export class Scratch {
  readonly root: vscode.Uri;
  #swept = false;

  constructor(context: vscode.ExtensionContext) {
    this.root = vscode.Uri.joinPath(context.storageUri ?? context.globalStorageUri, 'variants');
  }

  /** A new empty folder. */
  async create(): Promise<string> {
    const root = this.root.fsPath;
    await mkdir(root, { recursive: true });
    if (!this.#swept) await sweepScratch(root);
    this.#swept = true;
    return makeScratch(root);
  }

  async remove(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
  }
}
