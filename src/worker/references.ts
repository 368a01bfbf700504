/** Icons of the user's whose style a picture follows: found, chosen, drawn as the model learned them, and named in the recipe. */
import { createHash } from 'node:crypto';
import type { RecipeReferences } from '../contract/recipe';
import type { ReferencesParam } from '../contract/worker-api';
import { UserError } from '../domain/errors';
import { INK } from '../domain/style';
import type { Conditioning } from '../engine/families/family';
import type { DiffusionModel } from '../engine/sampling/diffusion-model';
import { chooseReferences } from '../icons/choose-references';
import { hexOf, inInk, inkOf, type Colour } from '../pictures/ink';
import type { RawImage } from '../pictures/raw';
import type { IconSource } from './tune/icon-source';

/** The model learned icons of one ink in black and takes their ink from whoever draws. */
const BLACK: Colour = [0, 0, 0];

export interface References {
  readonly conditioning: Conditioning;
  readonly recipe: RecipeReferences;
  /** In which everything visible of a picture is drawn; absent for icons of several colours. */
  readonly ink: Colour | undefined;
}

interface Shown {
  readonly id: string;
  /** RGBA of the model's size, in its own colours. */
  readonly image: RawImage;
}

export interface ReadingOptions {
  readonly model: DiffusionModel;
  readonly icons: IconSource;
  readonly signal: AbortSignal;
}

/** Throws `unsupported` for a model that follows no pictures, `bad-request` for a folder without an icon, and what drawing the icons throws. */
export async function readReferences(params: ReferencesParam, options: ReadingOptions): Promise<References> {
  const { model, icons, signal } = options;
  model.checkFollowsPictures();
  const { folder, icons: ids, strength } = params;
  const look = { size: model.pipeline.info.defaultSize.width, currentColor: INK, signal };
  const shown =
    ids === undefined
      ? chooseReferences(await icons.look(folder, look))
      : await Promise.all(ids.map(async (id) => ({ id, image: await icons.draw(folder, id, look) })));
  if (shown.length === 0) {
    throw new UserError(
      'bad-request',
      `${folder} holds no icon whose style could be followed. Give a folder with icons of one style.`,
    );
  }
  return shownTo(model, shown, strength);
}

/** The same icons again. Throws `not-found` naming the first that is gone, `bad-request` the first that has changed. */
export async function findReferences(
  wanted: RecipeReferences,
  folder: string | undefined,
  options: ReadingOptions,
): Promise<References> {
  const ids = wanted.icons.map(({ id }) => id);
  if (folder === undefined) {
    throw new UserError(
      'not-found',
      `The picture was drawn like the icons ${ids.join(', ')}, which its recipe does not contain. Give their folder.`,
    );
  }
  const found = await readReferences({ folder, icons: ids, strength: wanted.strength }, options);
  for (const [index, { id, sha256 }] of wanted.icons.entries()) {
    if (found.recipe.icons[index]?.sha256 === sha256) continue;
    throw new UserError(
      'bad-request',
      `The icon ${id} in ${folder} has changed since the picture was drawn like it (its pixels had the SHA-256 ${sha256}). Give the folder with the icon as it was.`,
    );
  }
  return found;
}

/** The picture in the icons' ink, where they have one. */
export function inInkOf(references: References | undefined, image: RawImage): RawImage {
  return references?.ink === undefined || image.channels !== 4 ? image : inInk(image, references.ink);
}

async function shownTo(model: DiffusionModel, shown: readonly Shown[], strength: number): Promise<References> {
  const ink = commonInk(shown);
  const pictures = shown.map(({ image }) => (ink === undefined ? image : inInk(image, BLACK)));
  const icons = shown.map(({ id, image }) => ({ id, sha256: createHash('sha256').update(image.data).digest('hex') }));
  return {
    conditioning: await model.readStyle(pictures, strength),
    recipe: { icons, strength, ...(ink === undefined ? {} : { ink: hexOf(ink) }) },
    ink,
  };
}

/** Of the first; icons of one set may differ by what a drawing program rounds. undefined as soon as one has several colours. */
function commonInk(shown: readonly Shown[]): Colour | undefined {
  const inks = shown.map(({ image }) => inkOf(image));
  return inks.includes(undefined) ? undefined : inks[0];
}
