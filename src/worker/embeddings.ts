/** Words of textual inversion that a job's prompts may hold: read from their files, found again by the recipe's digests. */
import path from 'node:path';
import type { RecipeEmbedding } from '../contract/recipe';
import type { EmbeddingParam } from '../contract/worker-api';
import { UserError } from '../domain/errors';
import type { TextualInversion } from '../engine/families/family';
import { readEmbedding } from '../engine/prompts/embedding-files';
import type { FileHasher } from '../files/file-hasher';

export interface EmbeddedWords {
  readonly words: readonly TextualInversion[];
  readonly recipe: readonly RecipeEmbedding[];
}

/** `widths`: of a token's vector, by text encoder. Throws what `readEmbedding` throws. */
export async function readWords(
  params: readonly EmbeddingParam[],
  widths: Readonly<Record<string, number>>,
  files: FileHasher,
): Promise<EmbeddedWords> {
  const words: TextualInversion[] = [];
  const recipe: RecipeEmbedding[] = [];
  for (const { path: file, name } of params) {
    words.push(...(await readEmbedding(file, widths, name)));
    recipe.push({ name, sha256: await files.hash(file) });
  }
  return { words, recipe };
}

/** The recipe's files among candidates, by their digests. Throws `not-found` naming the first that is missing. */
export async function findEmbeddings(
  wanted: readonly RecipeEmbedding[],
  candidates: readonly string[],
  files: FileHasher,
): Promise<EmbeddingParam[]> {
  const byDigest = new Map<string, string>();
  for (const file of wanted.length === 0 ? [] : candidates) byDigest.set(await files.hash(file), file);
  return wanted.map(({ name, sha256 }) => {
    const file = byDigest.get(sha256);
    if (file !== undefined) return { path: file, name };
    const among =
      candidates.length === 0 ? 'not given' : `none of ${candidates.map((each) => path.basename(each)).join(', ')}`;
    throw new UserError(
      'not-found',
      `The picture was made with the embedding "${name}" (SHA-256 ${sha256}), which is ${among}. Give its file.`,
    );
  });
}
