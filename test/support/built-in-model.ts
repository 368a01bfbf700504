/** The model that ships, as the catalog names it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const MODELS = path.resolve(__dirname, '../../models');

const catalog = JSON.parse(readFileSync(path.join(MODELS, 'catalog.json'), 'utf8')) as {
  readonly default: string;
  readonly models: readonly { readonly id: string; readonly folder: string }[];
};

export const BUILT_IN_ID = catalog.default;
export const BUILT_IN_MODEL = path.join(MODELS, catalog.models.find(({ id }) => id === BUILT_IN_ID)!.folder);
