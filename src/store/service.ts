/** The store's handlers: what is asked for over the line, done beside each other. */
import path from 'node:path';
import { readCatalog, type Catalog } from '../catalog/catalog';
import { modelPlaces } from '../catalog/model-places';
import type { JobEvent, ParamsOf, ResultOf, StoreKind } from '../contract/jobs';
import type { GivenAccess } from '../contract/store-api';
import type { Serve } from '../rpc/server';
import { cleanUp, knownModel, removeModel, storeContents, type Places } from './contents';
import { hubAccess } from './hub-access';
import { HubClient } from './hub-client';
import { importModel } from './import';
import { installModel, type Progress } from './install';
import { planModel } from './plan';
import { PATIENCE, type Patience } from './retry';
import { verifyModel } from './verify';

export interface StoreOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cacheFolder: string;
  /** The folder with catalog.json. */
  readonly modelsFolder: string;
  readonly tell: (event: JobEvent) => void;
  readonly patience?: Patience;
}

type Handlers = {
  readonly [K in StoreKind]: (params: ParamsOf<K>, signal: AbortSignal) => Promise<ResultOf<K>>;
};

/** Often enough for a moving bar. */
const BETWEEN_MS = 100;

export function createStore({
  env,
  cacheFolder,
  modelsFolder,
  tell,
  patience = PATIENCE,
}: StoreOptions): Serve<StoreKind> {
  const places = (): Places => ({ models: modelPlaces(env), cache: cacheFolder });
  const around = async (): Promise<{ catalog: Catalog; places: Places['models'] }> => ({
    catalog: await readCatalog(modelsFolder),
    places: places().models,
  });
  const client = async (access: GivenAccess, signal: AbortSignal): Promise<HubClient> =>
    new HubClient(await hubAccess(env, access), { patience, signal });
  const telling = (kind: 'modelInstall' | 'modelImport' | 'modelVerify', jobId: string): ((told: Progress) => void) =>
    seldom((progress) => {
      tell({ kind, progress: { jobId, ...progress } });
    });

  const handlers: Handlers = {
    modelsList: () => storeContents(places()),
    modelsSearch: async ({ access, query, most }, signal) => (await client(access, signal)).search(query, most),
    modelPlan: async ({ access, ...wanted }, signal) =>
      (await planModel(await client(access, signal), await around(), wanted)).plan,
    modelInstall: async ({ jobId, access, accepted, ...wanted }, signal) => {
      const onProgress = telling('modelInstall', jobId);
      const options = { patience, signal, onProgress, accepted };
      return installModel(await client(access, signal), await around(), wanted, options);
    },
    modelImport: async ({ jobId, ...wish }, signal) => {
      const builtIn = (await readCatalog(modelsFolder)).models.map(({ id }) => id);
      const options = { signal, onProgress: telling('modelImport', jobId) };
      return importModel(places().models, builtIn, { ...wish, path: path.resolve(wish.path) }, options);
    },
    modelVerify: async ({ jobId, name }, signal) =>
      verifyModel(await knownModel(places().models, name), { signal, onProgress: telling('modelVerify', jobId) }),
    modelRemove: ({ name }) => removeModel(places().models, name),
    modelsClean: ({ unfinished }) => cleanUp(places(), unfinished),
  };
  return (kind, params, signal) => {
    const handler: Handlers[typeof kind] = handlers[kind];
    return handler(params, signal);
  };
}

/** Drops what comes too soon after what is the same but for its numbers. */
function seldom(tell: (progress: Progress) => void): (progress: Progress) => void {
  let last = 0;
  let before = '';
  return (progress) => {
    const what = `${progress.phase} ${progress.file ?? ''} ${progress.wait ?? ''}`;
    const now = Date.now();
    if (what === before && now - last < BETWEEN_MS) return;
    [last, before] = [now, what];
    tell(progress);
  };
}
