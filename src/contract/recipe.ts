/** Everything needed to make a saved picture again. Stored in the file itself; the file is the truth. */
import * as v from 'valibot';
import { messageOf } from '../domain/errors';
import { RECIPE_VERSION } from '../domain/recipe';
import { DRAWING, LORA_WEIGHT } from './drawing-settings';
import { DRAWING_RANGES, REFERENCE_COUNT } from '../domain/limits';
import { entriesOf, list, numberIn, problemOf, schemaOf, text } from './schema';

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected a SHA-256'));
/** Pixels the model made, before any resize. */
const side = numberIn(DRAWING_RANGES.side);

const recipeLora = v.pipe(
  v.strictObject({
    /** The style's or the file's name. */
    name: text,
    /** SHA-256 over the file, hex; says exactly which one it was. */
    sha256: hash,
    /** Factor of its addition to the model's weights. */
    weight: schemaOf(LORA_WEIGHT),
    /** Share of the noise schedule that passed before it began; absent = there from the first step on. */
    start: v.exactOptional(numberIn(DRAWING_RANGES.loraStart)),
  }),
  v.readonly(),
);

/** A file of textual inversion, by the word that stands for it in the prompt where the file does not say. */
const recipeEmbedding = v.pipe(v.strictObject({ name: text, sha256: hash }), v.readonly());

const recipeReferences = v.pipe(
  v.strictObject({
    icons: list(
      v.pipe(
        v.strictObject({
          /** In the folder that was given. */
          id: text,
          /** SHA-256 over the icon's pixels at the model's size. */
          sha256: hash,
        }),
        v.readonly(),
      ),
      REFERENCE_COUNT.most,
    ),
    strength: schemaOf(DRAWING.likeStrength),
    /** The one colour of the icons, in which the picture is drawn; absent for icons of several colours. */
    ink: v.exactOptional(v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/, 'expected a colour such as "#1f2328"'))),
  }),
  v.readonly(),
);

/** Strict: a setting that a later version has and this one does not would make another picture. */
const recipe = v.pipe(
  v.strictObject({
    version: v.literal(RECIPE_VERSION),
    engine: text,
    /** id: catalog id, or the folder's name for a model opened from disk; sha256: over the component weight files. */
    model: v.pipe(v.strictObject({ id: text, sha256: hash }), v.readonly()),
    ...entriesOf(DRAWING, 'recipe'),
    width: side,
    height: side,
    /** SHA-256 of the init image file of an image→image run. */
    initSha256: v.exactOptional(hash),
    /** LoRAs in the order they were given; absent when there was none. */
    loras: v.exactOptional(list(recipeLora, 100)),
    /** Words of textual inversion that the prompts could hold; absent when there was none. */
    embeddings: v.exactOptional(list(recipeEmbedding, 100)),
    /** Icons whose style the picture follows. */
    references: v.exactOptional(recipeReferences),
    /** Execution provider that computed it; another one may differ in the last bits. */
    device: text,
    /** ISO 8601. */
    created: text,
  }),
  v.readonly(),
);

export type Recipe = v.InferOutput<typeof recipe>;
export type RecipeLora = v.InferOutput<typeof recipeLora>;
export type RecipeEmbedding = v.InferOutput<typeof recipeEmbedding>;
export type RecipeReferences = v.InferOutput<typeof recipeReferences>;

export interface ParsedRecipe {
  readonly recipe?: Recipe;
  /** Why a recipe of ours cannot be used: another version, an unknown setting, damage. Neither: it is none of ours. */
  readonly problem?: string;
}

const ours = v.object({ version: v.number(), engine: v.string() });

/** Reads a recipe whole or not at all. */
export function parseRecipe(json: string): ParsedRecipe {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return json.trim() === '' ? {} : { problem: `the recipe is not valid JSON: ${messageOf(error)}` };
  }
  const parsed = v.safeParse(recipe, value);
  if (parsed.success) return { recipe: parsed.output };
  const marks = v.safeParse(ours, value);
  if (marks.success && marks.output.version !== RECIPE_VERSION) {
    const { version, engine } = marks.output;
    return {
      problem: `the recipe has version ${version}, written by Fourstep ${engine}; this one reads version ${RECIPE_VERSION}`,
    };
  }
  return { problem: problemOf(parsed.issues, 'the recipe') };
}
