/** Says exactly which weights a model folder holds, by a SHA-256 over its weight files, and whether it still holds what it held. */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { fileState } from '../../files/file-state';
import { fileError } from '../../files/file-error';
import { FileHasher } from '../../files/file-hasher';
import { openWeights } from './safetensors';
import type { ModelFolder } from './folder';
import { COMPONENT_NAMES } from './folder-parts';

/** Files behind one component's weights, sorted by name so that the order of an index does not matter. */
async function weightFiles(weights: string): Promise<string[]> {
  if (!weights.endsWith('.json')) return [await realpath(weights)];
  const { tensors } = await openWeights(weights);
  return [...new Set([...tensors.values()].map((tensor) => tensor.file))].sort();
}

/** Computes identities; each file is read once for as long as it does not change. */
export class ModelHasher {
  constructor(private readonly files = new FileHasher()) {}

  /**
   * SHA-256 (hex) over the lines "<component> <SHA-256 of a weight file>" for text_encoder, unet and vae. Independent
   * of where the folder lies and what its files are called.
   */
  async identity(model: ModelFolder): Promise<string> {
    const hash = createHash('sha256');
    for (const name of COMPONENT_NAMES) {
      for (const file of await weightFiles(model.components[name].weights)) {
        hash.update(`${name} ${await this.files.hash(file)}\n`);
      }
    }
    return hash.digest('hex');
  }
}

/** Everything a model is loaded from, as the folder names it: a link may lead somewhere else by now. */
async function filesOf({ folder, components, scheduler, tokenizer }: ModelFolder): Promise<string[]> {
  const { vocab, merges, specialTokensMap, tokenizerConfig } = tokenizer;
  const weights: string[] = [];
  for (const name of COMPONENT_NAMES) {
    weights.push(components[name].weights, ...(await weightFiles(components[name].weights)));
  }
  const configs = COMPONENT_NAMES.map((name) => components[name].configFile);
  const optional = [specialTokensMap, tokenizerConfig].filter((file) => file !== undefined);
  const index = path.join(folder, 'model_index.json');
  return [index, ...configs, scheduler.configFile, vocab, merges, ...optional, ...weights];
}

/** Changes whenever any of the model's files is replaced or changed. Throws `not-found` or `io`. */
export async function modelState(model: ModelFolder): Promise<string> {
  const files = await filesOf(model);
  const states = await Promise.all(
    files.map(async (file) => {
      try {
        return `${file} ${await fileState(file)}`;
      } catch (error) {
        throw fileError(error, 'read', file);
      }
    }),
  );
  return states.join('\n');
}
