/** Recipes into pictures and out of them again, for every format we write. */
import { readFile, stat } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { messageOf, UserError } from '../../base/errors';
import { userComment } from './exif-comment';
import { parametersText } from './parameters-text';
import { insertChunks, internationalTextChunk, isPng, readChunks, readText, textChunk } from './png-chunks';
import { parseRecipe, type Recipe } from './recipe';
import { buildXmp, recipeFromXmp } from './xmp';

const XMP_KEYWORD = 'XML:com.adobe.xmp';
const RECIPE_KEYWORD = 'fourstep';
/** Larger files are no pictures of ours, and are not read into memory for their recipe. */
const MAX_FILE_BYTES = 256 * 2 ** 20;

export interface StoredRecipe {
  /** Ours, when the file has one we can use. */
  readonly recipe?: Recipe;
  /** The A1111-style text, ours or another tool's. */
  readonly parameters?: string;
}

/** A finished PNG with the recipe as `parameters`, as our JSON and as XMP. */
export function addRecipeToPng(png: Buffer, recipe: Recipe): Buffer {
  return insertChunks(png, [
    textChunk('parameters', parametersText(recipe)),
    internationalTextChunk(RECIPE_KEYWORD, JSON.stringify(recipe)),
    internationalTextChunk(XMP_KEYWORD, buildXmp(recipe)),
  ]);
}

/** WebP, AVIF and JPEG carry the recipe in XMP and the parameters in the EXIF UserComment. */
export function addRecipeToPipeline(pipeline: Sharp, recipe: Recipe): Sharp {
  return pipeline.withExif({ IFD2: { UserComment: parametersText(recipe) } }).withXmp(buildXmp(recipe));
}

/** Reads PNG, WebP, AVIF and JPEG. A picture without metadata gives {}; a file that is no picture throws `bad-image`. */
export async function readRecipe(file: string): Promise<StoredRecipe> {
  const bytes = await readPicture(file);
  return isPng(bytes) ? fromPng(bytes, file) : fromOther(bytes, file);
}

async function readPicture(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES)
      throw new UserError(
        'bad-image',
        `${file} has ${size} bytes; pictures of more than ${MAX_FILE_BYTES} are not read.`,
      );
    return await readFile(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError('not-found', `${file} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}

function fromPng(bytes: Buffer, file: string): StoredRecipe {
  const texts = new Map<string, string>();
  for (const chunk of readChunks(bytes, file)) {
    const found = readText(chunk);
    if (found !== undefined && !texts.has(found.keyword)) texts.set(found.keyword, found.text);
  }
  return stored(
    parseRecipe(texts.get(RECIPE_KEYWORD) ?? '') ?? recipeFromXmp(texts.get(XMP_KEYWORD) ?? ''),
    texts.get('parameters'),
  );
}

async function fromOther(bytes: Buffer, file: string): Promise<StoredRecipe> {
  try {
    const { exif, xmpAsString } = await sharp(bytes).metadata();
    const recipe = recipeFromXmp(xmpAsString ?? '');
    return stored(recipe, recipe === undefined ? userComment(exif) : parametersText(recipe));
  } catch (error) {
    throw new UserError('bad-image', `${file} is not a picture that can be read: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

function stored(recipe: Recipe | undefined, parameters: string | undefined): StoredRecipe {
  return { ...(recipe === undefined ? {} : { recipe }), ...(parameters === undefined ? {} : { parameters }) };
}
