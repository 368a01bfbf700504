/** `rebuild`: a picture that exists, made again from its recipe. */
import { UserError } from '../domain/errors';
import { extensionOf, formatOfName } from '../domain/image-format';
import { decodeImage } from '../pictures/codec';
import { compareImages } from '../pictures/compare';
import { encodePicture } from '../pictures/encode-picture';
import { readRecipe } from '../pictures/metadata';
import type { RawImage } from '../pictures/raw';
import { fitImage } from '../pictures/resize';
import { readSvgPicture } from '../pictures/svg-raster';
import type { Recipe } from '../contract/recipe';
import type { RebuildParams, RebuildResult } from '../contract/worker-api';
import { findEmbeddings, readWords } from './embeddings';
import type { Engine } from './engine';
import { loadingHooks, type JobContext } from './generate';
import { findLoras } from './loras';
import { findReferences, inInkOf } from './references';
import type { IconSource } from './tune/icon-source';

/** Makes a picture again from its own recipe and compares the two in the same format and at the same size. */
export async function rebuild(
  engine: Engine,
  params: RebuildParams,
  context: JobContext & { readonly icons: IconSource },
): Promise<RebuildResult> {
  const { modelPath, device, loraCandidates = [] } = params;
  const recipe = await usableRecipe(params);
  const loras = await findLoras(recipe.loras ?? [], loraCandidates, engine.model.files);
  const embeddings = await findEmbeddings(
    recipe.embeddings ?? [],
    params.embeddingCandidates ?? [],
    engine.model.files,
  );
  const original = await pixelsOf(params.path, recipe);
  context.onProgress({ phase: 'loading' });
  const { value } = await engine.run(
    { modelPath, device, ...loadingHooks(context) },
    async ({ identity, ...model }) => {
      checkModel(recipe, await identity(), params);
      const { referenceFolder } = params;
      const reading = { model: model.model, icons: context.icons, signal: context.signal };
      const references =
        recipe.references === undefined ? undefined : await findReferences(recipe.references, referenceFolder, reading);
      const { pipeline } = await model.loras.put(loras, identity, references?.conditioning);
      const { words } = await readWords(embeddings, model.model.parts.design.text.widths, engine.model.files);
      const { images } = await pipeline.generate(
        { ...recipe, words, seeds: [recipe.seed] },
        {
          signal: context.signal,
          onPhase: (phase) => {
            context.onProgress({ phase, device: model.device });
          },
          onStep: ({ step, steps, secondsLeft }) => {
            context.onProgress({ phase: 'denoising', step, steps, secondsLeft, device: model.device });
          },
        },
      );
      return images[0] === undefined ? undefined : inInkOf(references, images[0]);
    },
  );
  if (value === undefined) throw new Error('The pipeline returned no picture for one seed.');
  const sized = await fitImage(value, original.width, original.height, 'contain');
  const format = formatOfName(params.path) ?? 'png';
  const { bytes } = await encodePicture(sized, format, recipe);
  const file = await context.output.write(`rebuilt${extensionOf(format)}`, bytes);
  return { ...compareImages(original, await pixelsOf(file, recipe)), path: file };
}

/** Outlines have no size of their own; they are compared at the size at which they were drawn. */
async function pixelsOf(file: string, { width, height }: Recipe): Promise<RawImage> {
  if (formatOfName(file) === 'svg') return readSvgPicture(file, { width, height });
  return (await decodeImage(file)).image;
}

async function usableRecipe({ path: file }: RebuildParams): Promise<Recipe> {
  const { recipe, problem = 'it has no Fourstep recipe' } = await readRecipe(file);
  if (recipe === undefined) throw new UserError('not-found', `${file} cannot be made again: ${problem}.`);
  if (recipe.initSha256 !== undefined) {
    throw new UserError(
      'unsupported',
      `${file} was made from another picture (SHA-256 ${recipe.initSha256}), which its recipe does not contain, so it cannot be made again.`,
    );
  }
  return recipe;
}

function checkModel({ model }: Recipe, found: string, { path: file, modelPath }: RebuildParams): void {
  if (model.sha256 === found) return;
  throw new UserError(
    'bad-request',
    `${file} was made with the model ${model.id} (SHA-256 ${model.sha256}); ${modelPath} is another one (${found}). Give the folder of that model.`,
  );
}
