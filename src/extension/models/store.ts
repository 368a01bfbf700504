/** The program that fetches and keeps models, as this window asks it; it starts when it is first asked. */
import path from 'node:path';
import * as vscode from 'vscode';
import { readCatalog, type Catalog } from '../../catalog/catalog';
import { modelPlaces } from '../../catalog/model-places';
import type { ParamsOf, ResultOf, StoreKind } from '../../contract/jobs';
import type { GivenAccess } from '../../contract/store-api';
import { cacheFolder } from '../../host/cache-folder';
import { forkedHost } from '../../host/forked-host';
import { WorkerClient, type ClientRequestOptions } from '../../host/worker-client';
import { readSettings } from '../settings';

const TOKEN = 'fourstep.hub.token';

export class ModelStore implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #log: vscode.LogOutputChannel;
  #client: WorkerClient | undefined;

  constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    this.#context = context;
    this.#log = log;
  }

  catalog(): Promise<Catalog> {
    return readCatalog(path.join(this.#context.extensionPath, 'models'), modelPlaces(process.env));
  }

  request<K extends StoreKind>(
    kind: K,
    params: ParamsOf<K>,
    options: ClientRequestOptions<K> = {},
  ): Promise<ResultOf<K>> {
    this.#client ??= this.#create();
    return this.#client.request(kind, params, options);
  }

  /** The token is read anew each time, and goes nowhere but into the request. */
  async access(): Promise<GivenAccess> {
    const { modelsOffline: offline, modelsEndpoint: endpoint } = readSettings();
    const token = await this.#context.secrets.get(TOKEN);
    const proxy = proxySettings();
    return {
      offline,
      ...(endpoint === '' ? {} : { endpoint }),
      ...(token === undefined ? {} : { token }),
      ...(proxy === undefined ? {} : { proxy }),
    };
  }

  async setToken(token: string): Promise<void> {
    await this.#context.secrets.store(TOKEN, token);
  }

  async forgetToken(): Promise<void> {
    await this.#context.secrets.delete(TOKEN);
  }

  dispose(): void {
    void this.#client?.dispose();
  }

  #create(): WorkerClient {
    const host = forkedHost({
      workerPath: path.join(this.#context.extensionPath, 'dist', 'store.js'),
      cacheDir: cacheFolder(process.env),
      idleMinutes: 0,
      log: this.#log,
    });
    return new WorkerClient({
      host,
      clientName: 'extension, models',
      log: this.#log,
      logHint: vscode.l10n.t('Details are in the output channel "Fourstep".'),
    });
  }
}

/** VS Code's own; undefined leaves it to the environment. */
function proxySettings(): GivenAccess['proxy'] {
  const http = vscode.workspace.getConfiguration('http');
  const strict = http.get<boolean>('proxyStrictSSL', true);
  const url = http.get<string>('proxy', '').trim();
  const bypass = http.get<string[]>('noProxy', []);
  const authorization = http.get<string | null>('proxyAuthorization', null);
  if (http.get<string>('proxySupport') === 'off' || (url === '' && strict)) return undefined;
  return {
    url,
    strict,
    ...(bypass.length === 0 ? {} : { bypass: bypass.join(',') }),
    ...(authorization === null ? {} : { authorization }),
  };
}
