/** Activation: the shared objects, one registration per feature, nothing heavy. */
import * as vscode from 'vscode';
import { messageOf, UserError } from '../domain/errors';
import { printable, printableLines } from '../domain/printable';
import { registerGallery, type Gallery } from './gallery/register';
import { generateWithStyle, Panels, registerGenerate } from './generate/register';
import { Scratch } from './generate/scratch';
import { registerModels, type Models } from './models/register';
import { ModelStore } from './models/store';
import type { Services } from './services';
import { registerStatusMenu, StatusItem } from './status';
import { registerTerminal } from './terminal/register';
import { registerTune, type TunePanels } from './tune/register';
import { reportSettings } from './settings';
import { ExtensionWorker } from './worker';

/** What the tests inside the extension host look at. */
export interface TestApi {
  readonly panels: Panels;
  readonly gallery: Gallery;
  readonly tuning: TunePanels;
  readonly worker: ExtensionWorker;
  readonly models: Models;
  readonly store: ModelStore;
}

/** Other extensions get nothing; VS Code says itself when it runs this one's tests. */
export function activate(context: vscode.ExtensionContext): TestApi | undefined {
  try {
    const log = vscode.window.createOutputChannel('Fourstep', { log: true });
    const worker = new ExtensionWorker(context, log);
    const status = new StatusItem(worker);
    const scratch = new Scratch(context);
    const services: Services = {
      extensionUri: context.extensionUri,
      log,
      worker,
      status,
      scratch,
      explain: explainWith(log),
    };
    const panels = new Panels(services);
    const gallery = registerGallery(services, panels);
    const tuning = registerTune(services, (name) => generateWithStyle(panels, name));
    const store = new ModelStore(context, log);
    const models = registerModels(context, store, (error) => services.explain(error));
    context.subscriptions.push(
      log,
      worker,
      status,
      reportSettings(log),
      registerStatusMenu(worker, log),
      registerTerminal(context, log),
      registerGenerate(services, panels),
      gallery.registration,
      tuning.registration,
      models.registration,
    );
    const tested = context.extensionMode === vscode.ExtensionMode.Test;
    return tested ? { panels, gallery, tuning: tuning.panels, worker, models, store } : undefined;
  } catch (error) {
    // VS Code shows nothing when an extension fails to activate.
    void vscode.window.showErrorMessage(vscode.l10n.t('Fourstep could not start: {0}', messageOf(error)));
    throw error;
  }
}

function explainWith(log: vscode.LogOutputChannel): (error: unknown) => string {
  return (error) => {
    if (error instanceof UserError) {
      log.warn(`${error.code}: ${error.message}`);
      return printableLines(error.message);
    }
    log.error(error instanceof Error ? error : String(error));
    return vscode.l10n.t(
      'Something unexpected went wrong: {0}. Details are in the output channel "Fourstep".',
      printable(messageOf(error)),
    );
  };
}
