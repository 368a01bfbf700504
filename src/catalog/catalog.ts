/** The models that ship with Fourstep: reads models/catalog.json, and finds the folder that a model's name or path means. */
import path from 'node:path';
import * as v from 'valibot';
import { messageOf, UserError } from '../domain/errors';
import { withoutMark } from '../domain/text-bytes';
import { LIMITS, readRegular } from '../files/regular-file';
import { isFile, isFolder } from '../files/kind-of-path';
import type { ModelPlaces } from './model-places';
import { parseModelName } from './model-name';
import { resolveNamed } from './named-models';
import { publishedSchema, type PublishedModel } from './published';

const CATALOG_FILE = 'catalog.json';

const count = v.pipe(v.number(), v.integer(), v.minValue(1));

/** Below the catalog's own folder: no absolute path, no "..", forward slashes. */
const relativePath = v.pipe(
  v.string(),
  v.regex(/^(?!\.\.?(\/|$))[\w.-]+(\/(?!\.\.?(\/|$))[\w.-]+)*$/, 'expected a relative path inside the models folder'),
);

/** `files`, with sizes and hashes, is for packaging and tests: an installed model is what the VSIX brought. */
const modelSchema = v.object({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]*$/, 'expected lower-case letters, digits, "." and "-"')),
  folder: relativePath,
  /** What suits the model where nobody says it. */
  defaults: v.object({ steps: count, guidance: v.pipe(v.number(), v.minValue(0)) }),
});

const catalogSchema = v.pipe(
  v.object({
    version: v.literal(1),
    default: v.string(),
    models: v.pipe(v.array(modelSchema), v.minLength(1)),
    published: v.exactOptional(v.array(publishedSchema)),
  }),
  v.check(({ models, published = [] }) => areDifferent([...models, ...published]), 'two models have the same id'),
  v.check((catalog) => catalog.models.some(({ id }) => id === catalog.default), 'the default is none of the models'),
);

function areDifferent(models: readonly { readonly id: string }[]): boolean {
  return new Set(models.map(({ id }) => id)).size === models.length;
}

/** One model as the catalog describes it; `folder` is relative. */
export type CatalogModel = v.InferOutput<typeof modelSchema>;

export interface Catalog {
  /** Absolute path of the folder that holds catalog.json. */
  readonly folder: string;
  readonly defaultId: string;
  readonly models: readonly CatalogModel[];
  /** Where installed models lie; absent: only those that ship, and paths. */
  readonly places?: ModelPlaces;
  /** Models that can be installed. */
  readonly published: readonly PublishedModel[];
}

export interface ResolvedModel {
  /** Catalog id, or the folder's or file's name for a model opened from the disk. */
  readonly id: string;
  /** Absolute path, of the file for a model in one file. */
  readonly folder: string;
  /** Absent for a model opened from the disk. */
  readonly model?: CatalogModel;
}

/** Reads and checks the catalog. Throws UserError('not-found' | 'bad-checkpoint') naming the file and the field. */
export async function readCatalog(modelsFolder: string, places?: ModelPlaces): Promise<Catalog> {
  const file = path.join(path.resolve(modelsFolder), CATALOG_FILE);
  let json: unknown;
  try {
    json = JSON.parse(withoutMark((await readRegular(file, { most: LIMITS.config })).toString('utf8')));
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new UserError('bad-checkpoint', `${file} is not valid JSON: ${messageOf(error)}.`);
    throw new UserError(
      'not-found',
      `The list of built-in models cannot be read: ${messageOf(error)}. Install Fourstep again.`,
    );
  }
  const parsed = v.safeParse(catalogSchema, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new UserError('bad-checkpoint', `${file}: ${v.getDotPath(issue) ?? 'the catalog'}: ${issue.message}.`);
  }
  const { models, published = [] } = parsed.output;
  return {
    folder: path.dirname(file),
    defaultId: parsed.output.default,
    models,
    published,
    ...(places === undefined ? {} : { places }),
  };
}

/** The built-in model of that name; undefined when there is none. A file that names a model may name these only. */
export async function builtInModel(catalog: Catalog, id: string): Promise<ResolvedModel | undefined> {
  return catalog.models.some((model) => model.id === id) ? resolveModel(catalog, id) : undefined;
}

/**
 * The model that `name` means: a catalog id, the path of a model's folder or file, or else what is installed or cached under that name; undefined or ''
 * is the default model. Whether it is usable shows when it is opened. Throws UserError('not-found') saying how to get it, or what there is.
 */
export async function resolveModel(catalog: Catalog, name?: string): Promise<ResolvedModel> {
  const { places } = catalog;
  const wanted = name === undefined || name === '' ? catalog.defaultId : name;
  const model = catalog.models.find(({ id }) => id === wanted);
  if (model !== undefined) return { id: model.id, folder: path.join(catalog.folder, model.folder), model };
  const folder = path.resolve(wanted);
  if ((await isFolder(folder)) || (await isFile(folder))) return { id: path.basename(folder), folder };
  const published = catalog.published.find(({ id }) => id === wanted);
  const named = places === undefined ? undefined : await resolveNamed(published?.name ?? wanted, places);
  if (named !== undefined) return { id: named.name, folder: named.path };
  throw unknownModel(catalog, wanted);
}

function unknownModel({ models, published }: Catalog, wanted: string): UserError {
  const known = models.map(({ id }) => id).join(', ');
  const offered = parseModelName(wanted)?.repo !== undefined || published.some(({ id }) => id === wanted);
  const way = offered ? ` Get it: fourstep models install ${wanted}, or "Fourstep: Models" in the editor.` : '';
  return new UserError(
    'not-found',
    `There is no model "${wanted}": expected a built-in model (${known}), the path of a model's folder or .safetensors file, or the name of a model that is installed.${way}`,
  );
}
