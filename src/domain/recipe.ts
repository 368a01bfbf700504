/** Words of the recipe that styles and engine use too; the recipe itself is declared in `src/contract/recipe.ts`. */

export const RECIPE_VERSION = 1;

export interface ModelIdentity {
  /** Catalog id, or the folder's name for a model opened from disk. */
  readonly id: string;
  /** SHA-256 over the component weight files, hex; says exactly which weights made the picture. */
  readonly sha256: string;
}
