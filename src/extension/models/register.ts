/** "Fourstep: Models": choosing, installing, importing and removing models, and the token that some of them need. */
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { SECTION } from '../../contract/editor-settings';
import type { ModelPlan, StoreProgress } from '../../contract/store-api';
import { isCancelled } from '../../domain/errors';
import { printable } from '../../domain/printable';
import { COMMANDS } from '../command-ids';
import { readSettings } from '../settings';
import { fitText, modelItems, size, type Choice } from './items';
import type { ModelStore } from './store';

const OFFERED = 'fourstep.models.offered';
const MOST_FOUND = 30;

export interface Models {
  readonly registration: vscode.Disposable;
  /** What a choice in the list does; resolves when it is done. */
  readonly act: (choice: Choice) => Promise<void>;
  /** Fetches the model and makes it the one to draw with. False when the user does not want to after all. */
  readonly install: (name: string, isAccepted?: (plan: ModelPlan) => Promise<boolean>) => Promise<boolean>;
}

export function registerModels(
  context: vscode.ExtensionContext,
  store: ModelStore,
  explain: (error: unknown) => string,
): Models {
  const chooser = new ModelChooser(store);
  const explained = (work: () => Promise<unknown>) => async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!isCancelled(error)) void vscode.window.showErrorMessage(explain(error));
    }
  };
  void offerOnce(
    context,
    explained(() => chooser.open()),
  );
  return {
    registration: vscode.Disposable.from(
      store,
      vscode.commands.registerCommand(
        COMMANDS.models,
        explained(() => chooser.open()),
      ),
      vscode.commands.registerCommand(
        COMMANDS.setToken,
        explained(() => chooser.askToken()),
      ),
      vscode.commands.registerCommand(
        COMMANDS.forgetToken,
        explained(() => chooser.forgetToken()),
      ),
    ),
    act: (choice) => chooser.act(choice),
    install: (name, isAccepted) => chooser.install(name, isAccepted),
  };
}

/** Once for each user, when nothing has been chosen yet; nothing is fetched for it. */
async function offerOnce(context: vscode.ExtensionContext, open: () => Promise<void>): Promise<void> {
  const isTest = context.extensionMode === vscode.ExtensionMode.Test;
  if (isTest || context.globalState.get(OFFERED) === true || readSettings().model !== '') return;
  await context.globalState.update(OFFERED, true);
  const look = vscode.l10n.t('Look at Models');
  const text = vscode.l10n.t(
    'Fourstep draws icons with its built-in model. Others, for all kinds of pictures, can be installed.',
  );
  if ((await vscode.window.showInformationMessage(text, look)) === look) await open();
}

class ModelChooser {
  constructor(private readonly store: ModelStore) {}

  async open(): Promise<void> {
    const [catalog, contents] = await Promise.all([this.store.catalog(), this.store.request('modelsList', {})]);
    const items = modelItems(catalog, contents, readSettings().model);
    const options = { title: vscode.l10n.t('Fourstep: Models'), matchOnDescription: true, matchOnDetail: true };
    const picked = await vscode.window.showQuickPick(items, options);
    if (picked?.choice !== undefined) await this.act(picked.choice);
  }

  async act(choice: Choice): Promise<void> {
    switch (choice.kind) {
      case 'use':
        return use(choice.name);
      case 'install':
        await this.install(choice.name);
        return;
      case 'other':
        return this.#installByName();
      case 'search':
        return this.#search();
      case 'import':
        return this.#import();
      case 'remove':
        return this.#remove();
      case 'clean':
        return this.#clean();
    }
  }

  async install(name: string, isAccepted = confirmed): Promise<boolean> {
    const wanted = { access: await this.store.access(), name, precision: 'full' } as const;
    const plan = await this.store.request('modelPlan', wanted);
    if (!(await isAccepted(plan))) return false;
    const { model } = await withProgress(plan.name, (jobId, options) =>
      this.store.request('modelInstall', { jobId, ...wanted, accepted: true }, options),
    );
    if (model.kind === 'model' || model.kind === 'file') await use(model.name);
    void vscode.window.showInformationMessage(vscode.l10n.t('{0} is installed.', model.name));
    return true;
  }

  async askToken(): Promise<void> {
    const token = await vscode.window.showInputBox({
      title: vscode.l10n.t('Access Token for Models'),
      prompt: vscode.l10n.t(
        'Some models are given only to known users. The token is kept in the secret storage of VS Code.',
      ),
      password: true,
      ignoreFocusOut: true,
    });
    if (token !== undefined && token.trim() !== '') await this.store.setToken(token.trim());
  }

  async forgetToken(): Promise<void> {
    await this.store.forgetToken();
    void vscode.window.showInformationMessage(vscode.l10n.t('The access token is forgotten.'));
  }

  async #installByName(): Promise<void> {
    const prompt = vscode.l10n.t('org/name, or org/name/file.safetensors; @revision may follow');
    const name = await vscode.window.showInputBox({ title: vscode.l10n.t('Install by Name'), prompt });
    if (name !== undefined && name.trim() !== '') await this.install(name.trim());
  }

  async #search(): Promise<void> {
    const query = await vscode.window.showInputBox({ title: vscode.l10n.t('Search the Hub') });
    if (query === undefined || query.trim() === '') return;
    const asked = { access: await this.store.access(), query: query.trim(), most: MOST_FOUND };
    const { found, endpoint } = await this.store.request('modelsSearch', asked);
    const items = found.map(({ name, downloads, license, gated }) => ({
      label: name,
      description: [license ?? vscode.l10n.t('no licence stated'), vscode.l10n.t('{0} downloads', downloads)].join(
        ' · ',
      ),
      detail: gated ? vscode.l10n.t('Its licence has to be accepted at the hub.') : '',
    }));
    const placeHolder =
      items.length === 0 ? vscode.l10n.t('Nothing was found at {0}.', endpoint) : vscode.l10n.t('A model to install');
    const picked = await vscode.window.showQuickPick(items, { title: endpoint, placeHolder });
    if (picked !== undefined) await this.install(picked.label);
  }

  async #import(): Promise<void> {
    const [chosen] =
      (await vscode.window.showOpenDialog({
        canSelectFiles: true,
        canSelectFolders: true,
        openLabel: vscode.l10n.t('Import'),
        filters: { safetensors: ['safetensors'] },
      })) ?? [];
    if (chosen === undefined) return;
    const { name, kind } = await withProgress(chosen.fsPath, (jobId, options) =>
      this.store.request('modelImport', { jobId, path: chosen.fsPath, copy: false }, options),
    );
    if (kind === 'model' || kind === 'file') await use(name);
  }

  async #remove(): Promise<void> {
    const { models } = await this.store.request('modelsList', {});
    const items = models.map(({ name, bytes, own, path }) => ({
      label: name,
      description: own ? size(bytes) : vscode.l10n.t('its files stay where they lie'),
      detail: own ? '' : printable(path),
    }));
    const title = vscode.l10n.t('Remove a Model');
    const picked = await vscode.window.showQuickPick(items, { title });
    if (picked === undefined) return;
    const { bytes } = await this.store.request('modelRemove', { name: picked.label });
    if (readSettings().model === picked.label) await use('');
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0} is removed; {1} are free again.', picked.label, size(bytes)),
    );
  }

  async #clean(): Promise<void> {
    const { bytes } = await this.store.request('modelsClean', { unfinished: false });
    void vscode.window.showInformationMessage(vscode.l10n.t('{0} are free again.', size(bytes)));
  }
}

/** Where the user has set it already, else for all workspaces. */
async function use(name: string): Promise<void> {
  const section = vscode.workspace.getConfiguration(SECTION);
  const inWorkspace = section.inspect('model')?.workspaceValue !== undefined;
  const target = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await section.update('model', name === '' ? undefined : name, target);
}

/** Licence, size and memory are shown before anything is fetched. */
async function confirmed(plan: ModelPlan): Promise<boolean> {
  const { name, license, licenseUrl, gated, missingBytes, weightBytes, endpoint } = plan;
  const go = gated ? vscode.l10n.t('I Accept the Licence: Install') : vscode.l10n.t('Install');
  const read = vscode.l10n.t('Read the Licence');
  const detail = [
    vscode.l10n.t('Licence: {0}', license ?? vscode.l10n.t('no licence stated')),
    vscode.l10n.t('To be fetched from {0}: {1}', endpoint, size(missingBytes)),
    vscode.l10n.t('Memory: {0}', fitText(weightBytes)),
    gated
      ? vscode.l10n.t('Its authors want the licence accepted on its page first, with the account of your access token.')
      : '',
  ].join('\n');
  const chosen = await vscode.window.showInformationMessage(printable(name), { modal: true, detail }, go, read);
  if (chosen === read) await vscode.env.openExternal(vscode.Uri.parse(licenseUrl));
  return chosen === read ? confirmed(plan) : chosen === go;
}

interface Telling {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: StoreProgress) => void;
}

async function withProgress<T>(name: string, work: (jobId: string, telling: Telling) => Promise<T>): Promise<T> {
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title: printable(name) };
  return vscode.window.withProgress(options, (progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => {
      controller.abort();
    });
    let shown = 0;
    const onProgress = ({ phase, done, total, wait = 0, reason = '' }: StoreProgress): void => {
      const share = total === 0 ? 0 : (100 * done) / total;
      const message = {
        asking: vscode.l10n.t('asking the hub'),
        downloading: vscode.l10n.t('{0} of {1}', size(done), size(total)),
        waiting: vscode.l10n.t('{0}; trying again in {1} s', reason, wait),
        checking: vscode.l10n.t('checking'),
      }[phase];
      progress.report({ message, increment: Math.max(0, share - shown) });
      shown = Math.max(shown, share);
    };
    return work(randomUUID(), { signal: controller.signal, onProgress });
  });
}
