/** `encode`, `recipe` and `rebuild`: what can be done with a picture that exists. */
import path from 'node:path';
import { UserError } from '../domain/errors';
import { decodeImage, encodeImage } from '../pictures/codec';
import { compareImages } from '../pictures/compare';
import { readRecipe } from '../pictures/metadata';
import type { RawImage } from '../pictures/raw';
import { fitImage } from '../pictures/resize';
import type { Recipe } from '../domain/recipe';
import type { EncodeParams, EncodeResult, ImageFormat, RebuildParams, RebuildResult } from '../contract/worker-api';
import type { Engine } from './engine';
import { loadingHooks, type JobContext } from './generate';
import { findLoras } from './loras';

/** A picture at another size, in another format, with or without its recipe. One given side keeps the proportions. */
export async function encode({ source, format, metadata, ...size }: EncodeParams): Promise<EncodeResult> {
  const { image } = await decodeImage(source);
  const { width, height } = targetSize(image, size);
  const { recipe } = metadata ? await readRecipe(source) : {};
  const sized = await fitImage(image, width, height, 'contain');
  return { bytes: await encodeImage(sized, { format, ...(recipe === undefined ? {} : { recipe }) }) };
}

const MAX_SIDE = 8192;

function targetSize(
  image: RawImage,
  size: { readonly width?: number; readonly height?: number },
): { width: number; height: number } {
  const aspect = image.width / image.height;
  const width = size.width ?? (size.height === undefined ? image.width : Math.max(1, Math.round(size.height * aspect)));
  const height =
    size.height ?? (size.width === undefined ? image.height : Math.max(1, Math.round(size.width / aspect)));
  for (const [name, value] of Object.entries({ width, height })) {
    if (value < 1 || value > MAX_SIDE) {
      throw new UserError('bad-request', `${name} is ${value}; expected 1 to ${MAX_SIDE} pixels.`);
    }
  }
  return { width, height };
}

/** Makes a picture again from its own recipe and compares the two in the same format and at the same size. */
export async function rebuild(engine: Engine, params: RebuildParams, context: JobContext): Promise<RebuildResult> {
  const { modelPath, device, loraCandidates = [] } = params;
  const recipe = await usableRecipe(params);
  const loras = await findLoras(recipe.loras ?? [], loraCandidates, engine.model.files);
  const { image: original } = await decodeImage(params.path);
  context.onProgress({ phase: 'loading' });
  const { value } = await engine.run(
    { modelPath, device, ...loadingHooks(context) },
    async ({ identity, ...model }) => {
      checkModel(recipe, await identity(), params);
      const { pipeline } = await model.loras.put(loras, identity);
      const { images } = await pipeline.generate(
        { ...recipe, seeds: [recipe.seed] },
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
      return images[0];
    },
  );
  if (value === undefined) throw new Error('The pipeline returned no picture for one seed.');
  const sized = await fitImage(value, original.width, original.height, 'contain');
  const format = formatOf(params.path);
  const file = await context.output.write(
    `rebuilt.${format === 'jpeg' ? 'jpg' : format}`,
    await encodeImage(sized, { format, recipe }),
  );
  const { image: rebuilt } = await decodeImage(file);
  return { ...compareImages(original, rebuilt), path: file };
}

async function usableRecipe({ path: file }: RebuildParams): Promise<Recipe> {
  const { recipe } = await readRecipe(file);
  if (recipe === undefined) {
    throw new UserError('not-found', `${file} has no Fourstep recipe, so it cannot be made again.`);
  }
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

function formatOf(file: string): ImageFormat {
  const extension = path.extname(file).toLowerCase();
  if (extension === '.jpg' || extension === '.jpeg') return 'jpeg';
  return extension === '.webp' ? 'webp' : extension === '.avif' ? 'avif' : 'png';
}
