/** Says exactly which weights a model folder holds, by a SHA-256 over its weight files, and whether it still holds what it held. */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { fileState } from '../../files/file-state';
import { fileError } from '../../files/file-error';
import { FileHasher } from '../../files/file-hasher';
import { openWeights } from './safetensors';
import type { ModelFolder } from './folder';
import { tokenizerFiles } from './tokenizer-files';

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
   * SHA-256 (hex) over the lines "<component> <SHA-256 of a weight file>", components by name. Independent of where the folder lies
   * and what its files are called.
   */
  async identity(model: ModelFolder): Promise<string> {
    const hash = createHash('sha256');
    for (const [name, { weights }] of Object.entries(model.components).sort(byName)) {
      for (const file of await weightFiles(weights)) {
        hash.update(`${name} ${await this.files.hash(file)}\n`);
      }
    }
    return hash.digest('hex');
  }
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** Everything a model is loaded from, as the folder names it: a link may lead somewhere else by now. */
async function filesOf({ file, components, scheduler, tokenizers }: ModelFolder): Promise<string[]> {
  const parts = Object.values(components);
  const weights = await Promise.all(parts.map(async (part) => [part.weights, ...(await weightFiles(part.weights))]));
  const words = Object.values(tokenizers).flatMap(tokenizerFiles);
  return [file, ...parts.map(({ configFile }) => configFile), scheduler.configFile, ...words, ...weights.flat()];
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
