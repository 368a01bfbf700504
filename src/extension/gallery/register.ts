/** The gallery as a feature: view, refresh command, what keeps it current. */
import * as vscode from 'vscode';
import type { GalleryState } from '../../protocol/webview-api';
import { COMMANDS, GALLERY_VIEW } from '../command-ids';
import { generateFromPrompt, type Panels } from '../generate/register';
import type { Services } from '../services';
import { GeneratedPictures, type GeneratedPicture } from './pictures';
import { GalleryView } from './view';

export interface Gallery extends vscode.Disposable {
  readonly state: GalleryState;
  find(): Promise<readonly GeneratedPicture[]>;
}

export function registerGallery(services: Services, panels: Panels): Gallery {
  const pictures = new GeneratedPictures(services.log);
  const view = new GalleryView(services, pictures, (prompt) => generateFromPrompt(panels, prompt));
  const subscriptions = vscode.Disposable.from(
    pictures,
    vscode.window.registerWebviewViewProvider(GALLERY_VIEW, view),
    vscode.commands.registerCommand(COMMANDS.refreshGallery, () => pictures.find()),
  );
  return {
    get state() {
      return view.state;
    },
    find: () => pictures.find(),
    dispose: () => {
      subscriptions.dispose();
    },
  };
}
