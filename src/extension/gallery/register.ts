/** The gallery as a feature: view, refresh command, what keeps it current. */
import * as vscode from 'vscode';
import { COMMANDS, GALLERY_VIEW } from '../command-ids';
import { generateFromPrompt, type Panels } from '../generate/register';
import type { Services } from '../services';
import { GeneratedPictures } from './pictures';
import { GalleryView } from './view';

export interface Gallery {
  readonly view: GalleryView;
  readonly pictures: GeneratedPictures;
  readonly registration: vscode.Disposable;
}

export function registerGallery(services: Services, panels: Panels): Gallery {
  const pictures = new GeneratedPictures(services.log);
  const view = new GalleryView(services, pictures, (prompt) => generateFromPrompt(panels, prompt));
  const registration = vscode.Disposable.from(
    pictures,
    vscode.window.registerWebviewViewProvider(GALLERY_VIEW, view),
    vscode.commands.registerCommand(COMMANDS.refreshGallery, () => pictures.find()),
  );
  return { view, pictures, registration };
}
