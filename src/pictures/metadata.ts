/** Recipes into pictures and out of them again, for every format we write. */
import sharp, { type Sharp } from 'sharp';
import { UserError } from '../domain/errors';
import { fillUserComment, userComment, userCommentToWrite } from './exif-comment';
import { extendedXmpGuid, insertExtendedXmp, readExtendedXmp } from './jpeg-xmp';
import { reasonOf } from './unreadable';
import { parametersText } from './parameters-text';
import { readPictureFile } from './picture-file';
import {
  insertChunks,
  internationalTextChunk,
  isPng,
  readChunks,
  readText,
  textChunk,
  textKeyword,
} from './png-chunks';
import { parseRecipe, type ParsedRecipe, type Recipe } from '../contract/recipe';
import { buildExtendedXmp, buildMainXmp, buildXmp, recipeFromXmp } from '../contract/recipe-xmp';

const XMP_KEYWORD = 'XML:com.adobe.xmp';
const RECIPE_KEYWORD = 'fourstep';
const KEYWORDS: ReadonlySet<string> = new Set(['parameters', RECIPE_KEYWORD, XMP_KEYWORD]);
/** What one JPEG segment holds beside its name; libvips leaves a longer packet out without a word. */
const MAX_JPEG_XMP = 65_502;

/** Ours, when the file has one we can use, or why we cannot. */
export interface StoredRecipe extends ParsedRecipe {
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

/**
 * The encoded WebP, AVIF or JPEG with the recipe in XMP and the parameters in the EXIF UserComment.
 * Parameters too long for EXIF (about 32,000 characters) are left out; the recipe in XMP has them.
 */
export async function encodeWithRecipe(pipeline: Sharp, format: string, recipe: Recipe): Promise<Buffer> {
  const whole = buildXmp(recipe);
  const extended =
    format === 'jpeg' && Buffer.byteLength(whole) > MAX_JPEG_XMP ? Buffer.from(buildExtendedXmp(recipe)) : undefined;
  const comment = userCommentToWrite(parametersText(recipe));
  const described = pipeline.withXmp(extended === undefined ? whole : buildMainXmp(recipe, extendedXmpGuid(extended)));
  const file =
    comment === undefined
      ? await described.toBuffer()
      : fillUserComment(await described.withExif({ IFD2: { UserComment: comment.placeholder } }).toBuffer(), comment);
  return extended === undefined ? file : insertExtendedXmp(file, extended);
}

/** Reads PNG, WebP, AVIF, JPEG and SVG. A picture without metadata gives {}; a file that is no picture throws `bad-image`. */
export async function readRecipe(file: string): Promise<StoredRecipe> {
  const bytes = await readPictureFile(file);
  if (isPng(bytes)) return fromPng(bytes, file);
  return isSvg(bytes) ? fromSvg(bytes) : fromOther(bytes, file);
}

function fromPng(bytes: Buffer, file: string): StoredRecipe {
  const texts = new Map<string, string | undefined>();
  let exif: Buffer | undefined;
  for (const chunk of readChunks(bytes, file)) {
    if (chunk.type === 'eXIf') exif ??= chunk.data;
    const keyword = textKeyword(chunk);
    // Only the first of each, and only what is looked for: a file full of compressed texts costs no time.
    if (keyword !== undefined && KEYWORDS.has(keyword) && !texts.has(keyword)) texts.set(keyword, readText(chunk));
  }
  return stored(
    firstUsable(parseRecipe(texts.get(RECIPE_KEYWORD) ?? ''), recipeFromXmp(texts.get(XMP_KEYWORD) ?? '')),
    texts.get('parameters') ?? userComment(exif),
  );
}

/** What comes before the outermost element: a declaration, comments, a document type. */
const BEFORE_ROOT = /^\uFEFF?\s*(?:<\?[^>]*\?>\s*|<!--(?:(?!-->).)*-->\s*|<!DOCTYPE[^>]*>\s*)*/s;
const SVG_HEAD_BYTES = 4096;

function isSvg(bytes: Buffer): boolean {
  const head = bytes.subarray(0, SVG_HEAD_BYTES).toString('utf8');
  return /^<svg[\s>]/.test(head.replace(BEFORE_ROOT, ''));
}

function fromSvg(bytes: Buffer): StoredRecipe {
  const found = recipeFromXmp(bytes.toString('utf8'));
  return stored(found, found.recipe === undefined ? undefined : parametersText(found.recipe));
}

async function fromOther(bytes: Buffer, file: string): Promise<StoredRecipe> {
  try {
    const { exif, xmpAsString, format } = await sharp(bytes).metadata();
    const extended = format === 'jpeg' ? readExtendedXmp(bytes) : undefined;
    const found = firstUsable(recipeFromXmp(xmpAsString ?? ''), recipeFromXmp(extended ?? ''));
    return stored(found, userComment(exif) ?? (found.recipe === undefined ? undefined : parametersText(found.recipe)));
  } catch (error) {
    throw new UserError('bad-image', `${file} is not a picture that can be read: ${reasonOf(error)}.`, {
      cause: error,
    });
  }
}

/** The first place with a usable recipe; else the first that says what is wrong with one. */
function firstUsable(...places: readonly ParsedRecipe[]): ParsedRecipe {
  return places.find(({ recipe }) => recipe !== undefined) ?? places.find(({ problem }) => problem !== undefined) ?? {};
}

function stored(found: ParsedRecipe, parameters: string | undefined): StoredRecipe {
  return { ...found, ...(parameters === undefined ? {} : { parameters }) };
}
