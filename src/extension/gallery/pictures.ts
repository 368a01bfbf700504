/** The workspace's generated pictures: found by their recipes, kept current by watching files. The files are the truth. */
import * as vscode from 'vscode';
import { messageOf } from '../../domain/errors';
import { PICTURE_EXTENSIONS } from '../../domain/image-format';
import { scanPicture } from './scan';

const PATTERN = `**/*.{${PICTURE_EXTENSIONS.join(',')}}`;
const EXCLUDED = '**/{node_modules,.git,dist,out,.venv}/**';
/** Files looked at; a workspace with more pictures is no reason to read them all. */
const MAX_FILES = 3000;
export const MAX_SHOWN = 300;
const PARALLEL = 16;
const SETTLE_MS = 300;

export interface GeneratedPicture {
  readonly uri: vscode.Uri;
  readonly path: string;
  readonly prompt: string;
  readonly created: string;
  /** Changes with the file, so that the page does not show an old picture. */
  readonly version: number;
}

export class GeneratedPictures implements vscode.Disposable {
  readonly #log: vscode.LogOutputChannel;
  readonly #onChange = new vscode.EventEmitter<readonly GeneratedPicture[]>();
  readonly onChange = this.#onChange.event;
  #watcher: vscode.FileSystemWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #generation = 0;

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
  }

  /** Looks anew; newest first. Starts watching the first time. */
  async find(): Promise<readonly GeneratedPicture[]> {
    this.#watch();
    const generation = ++this.#generation;
    const files = await vscode.workspace.findFiles(PATTERN, EXCLUDED, MAX_FILES);
    const found: GeneratedPicture[] = [];
    for (let i = 0; i < files.length; i += PARALLEL) {
      const pictures = await Promise.all(files.slice(i, i + PARALLEL).map((uri) => this.#look(uri)));
      found.push(...pictures.filter((picture) => picture !== undefined));
    }
    found.sort((a, b) => b.created.localeCompare(a.created) || a.path.localeCompare(b.path));
    if (generation === this.#generation) this.#onChange.fire(found);
    return found;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#watcher?.dispose();
    this.#onChange.dispose();
  }

  async #look(uri: vscode.Uri): Promise<GeneratedPicture | undefined> {
    if (uri.scheme !== 'file') return undefined;
    try {
      const { recipe, problem } = await scanPicture(uri.fsPath);
      if (problem !== undefined) this.#log.info(`The gallery leaves ${uri.fsPath} out: ${problem}.`);
      if (recipe === undefined) return undefined;
      const { mtime } = await vscode.workspace.fs.stat(uri);
      const { prompt, created } = recipe;
      return { uri, path: vscode.workspace.asRelativePath(uri), version: mtime, prompt, created };
    } catch (error) {
      this.#log.debug(`gallery: ${uri.fsPath}: ${messageOf(error)}`);
      return undefined;
    }
  }

  #watch(): void {
    if (this.#watcher !== undefined) return;
    this.#watcher = vscode.workspace.createFileSystemWatcher(PATTERN);
    const again = (): void => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.find(), SETTLE_MS);
    };
    this.#watcher.onDidCreate(again);
    this.#watcher.onDidChange(again);
    this.#watcher.onDidDelete(again);
  }
}
