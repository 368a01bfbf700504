/** The gallery in the side bar. */
import * as vscode from 'vscode';
import { parseFromGallery } from '../../contract/gallery-page';
import type { FromGallery, GalleryState, ToGallery } from '../../contract/gallery-page';
import { COMMANDS } from '../command-ids';
import type { Services } from '../services';
import { galleryStrings } from '../strings';
import { pageFolder, pageHtml } from '../webview-html';
import { MAX_SHOWN, type GeneratedPicture, type GeneratedPictures } from './pictures';

export class GalleryView implements vscode.WebviewViewProvider {
  readonly #services: Services;
  readonly #pictures: GeneratedPictures;
  readonly #again: (prompt: string) => Promise<void>;
  #view: vscode.WebviewView | undefined;
  #shown: readonly GeneratedPicture[] = [];
  #state: GalleryState = { loading: true, items: [], truncated: false };

  constructor(services: Services, pictures: GeneratedPictures, again: (prompt: string) => Promise<void>) {
    this.#services = services;
    this.#pictures = pictures;
    this.#again = again;
    pictures.onChange((found) => {
      this.#show(found);
    });
  }

  get state(): GalleryState {
    return this.#state;
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#view = view;
    const folders = vscode.workspace.workspaceFolders?.map(({ uri }) => uri) ?? [];
    view.webview.options = {
      enableScripts: true,
      localResourceRoots: [pageFolder(this.#services.extensionUri), ...folders],
    };
    view.webview.onDidReceiveMessage((message: unknown) => this.#receive(message));
    view.onDidDispose(() => {
      this.#view = undefined;
    });
    view.webview.html = pageHtml(view.webview, this.#services.extensionUri, {
      script: 'gallery.js',
      title: vscode.l10n.t('Gallery'),
      strings: galleryStrings(),
    });
  }

  #show(found: readonly GeneratedPicture[]): void {
    this.#shown = found.slice(0, MAX_SHOWN);
    const uriOf = ({ uri, version }: GeneratedPicture): string => {
      const address = this.#view?.webview.asWebviewUri(uri).toString() ?? '';
      return `${address}?v=${version}`;
    };
    const items = this.#shown.map((picture) => ({ uri: uriOf(picture), path: picture.path, prompt: picture.prompt }));
    this.#state = { loading: false, items, truncated: found.length > MAX_SHOWN };
    this.#post();
  }

  async #receive(message: unknown): Promise<void> {
    const parsed = parseFromGallery(message);
    if (parsed === undefined) {
      this.#services.log.warn('The gallery page sent a message that is not understood; it is ignored.');
      return;
    }
    try {
      await this.#handle(parsed);
    } catch (error) {
      void vscode.window.showErrorMessage(this.#services.explain(error));
    }
  }

  async #handle(message: FromGallery): Promise<void> {
    if (message.type === 'ready') {
      this.#post();
      await this.#pictures.find();
      return;
    }
    if (message.type === 'generate') {
      await vscode.commands.executeCommand(COMMANDS.generate);
      return;
    }
    // Only pictures that were shown: a path from a page names nothing else.
    const picture = this.#shown.find(({ path }) => path === message.path);
    if (picture !== undefined) await this.#act(message.type, picture);
  }

  async #act(action: 'open' | 'reveal' | 'copy-path' | 'again', picture: GeneratedPicture): Promise<void> {
    switch (action) {
      case 'open':
        await vscode.commands.executeCommand('vscode.open', picture.uri);
        return;
      case 'reveal':
        await vscode.commands.executeCommand('revealInExplorer', picture.uri);
        return;
      case 'copy-path':
        await vscode.env.clipboard.writeText(picture.path);
        vscode.window.setStatusBarMessage(vscode.l10n.t('Copied {0}', picture.path), 3000);
        return;
      case 'again':
        await this.#again(picture.prompt);
    }
  }

  #post(): void {
    void this.#view?.webview.postMessage({ type: 'state', state: this.#state } satisfies ToGallery);
  }
}
