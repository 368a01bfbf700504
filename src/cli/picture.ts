/** `fourstep recipe`: the recipe stored in a picture, and the picture made again from it. */
import { randomUUID } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { UserError } from '../domain/errors';
import { builtInModel, resolveModel, type ResolvedModel } from '../catalog/catalog';
import type { Recipe } from '../contract/recipe';
import type { DeviceRequest } from '../domain/choices';
import type { RebuildResult, RecipeResult } from '../contract/worker-api';
import { keep, withScratch } from './results';
import type { Session } from './session';
import { loraCandidates } from './styles';

export interface RecipeOptions {
  readonly rebuild: boolean;
  readonly model?: string;
  /** Files to look for its LoRAs in, beside the styles. */
  readonly lora: readonly string[];
  /** Files of textual inversion to look for its words in. */
  readonly embedding: readonly string[];
  /** Folder with the icons that it was drawn like. */
  readonly like?: string;
  readonly device: DeviceRequest;
  /** Folder for the rebuilt picture; absent: it is compared and thrown away. */
  readonly out?: string;
}

export interface RecipeReport extends RecipeResult {
  readonly rebuilt?: Omit<RebuildResult, 'path'> & { readonly path?: string };
}

/** Throws `not-found` when the picture has no recipe of any kind. */
export async function recipe(session: Session, image: string, options: RecipeOptions): Promise<RecipeReport> {
  const file = path.resolve(image);
  const stored = await session.client.request('recipe', { path: file }, { signal: session.signal });
  const { recipe, problem } = stored;
  if (problem !== undefined && (options.rebuild || stored.parameters === undefined)) {
    throw new UserError('not-found', `${file} holds a recipe of Fourstep that cannot be used: ${problem}.`);
  }
  if (recipe === undefined && stored.parameters === undefined) {
    throw new UserError(
      'not-found',
      `${file} has no recipe: it was not made by Fourstep, or its metadata was removed.`,
    );
  }
  if (!options.rebuild) return stored;
  if (recipe === undefined) {
    throw new UserError('not-found', `${file} has only another program's parameters; Fourstep cannot make it again.`);
  }
  return { ...stored, rebuilt: await rebuild(session, file, recipe, options) };
}

async function rebuild(
  session: Session,
  file: string,
  { model: { id }, loras = [], embeddings = [] }: Recipe,
  options: RecipeOptions,
): Promise<NonNullable<RecipeReport['rebuilt']>> {
  const { client, signal, status } = session;
  const { folder: modelPath } = await modelFor(session, id, options);
  const candidates = loras.length === 0 ? {} : { loraCandidates: await loraCandidates(file, options.lora) };
  const words =
    embeddings.length === 0 ? {} : { embeddingCandidates: options.embedding.map((each) => path.resolve(each)) };
  const references = options.like === undefined ? {} : { referenceFolder: path.resolve(options.like) };
  const run = (outputDir: string): Promise<RebuildResult> =>
    client.request(
      'rebuild',
      {
        jobId: randomUUID(),
        path: file,
        modelPath,
        ...candidates,
        ...words,
        ...references,
        device: options.device,
        outputDir,
      },
      {
        signal,
        onProgress: ({ phase }) => {
          if (!signal.aborted) status.show(`making it again: ${phase}`);
        },
      },
    );
  if (options.out === undefined) return withoutPath(run);
  const out = path.resolve(options.out);
  return withScratch(out, async (scratch) => {
    const result = await run(scratch);
    return { ...result, path: await keep(result.path, out, `${path.parse(file).name}-rebuilt`) };
  });
}

/** A picture comes from anywhere, and so does the name in it: it opens a built-in model, never a folder. */
async function modelFor(session: Session, id: string, { model }: RecipeOptions): Promise<ResolvedModel> {
  const catalog = await session.catalog();
  const found = model === undefined ? await builtInModel(catalog, id) : await resolveModel(catalog, model);
  if (found !== undefined) return found;
  throw new UserError(
    'not-found',
    `The picture was made with the model "${id}", which is not built in. Say with --model where its folder is.`,
  );
}

async function withoutPath(run: (folder: string) => Promise<RebuildResult>): Promise<Omit<RebuildResult, 'path'>> {
  return withScratch(os.tmpdir(), async (folder) => {
    const { verdict, maxDifference } = await run(folder);
    return { verdict, maxDifference };
  });
}
