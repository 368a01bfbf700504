/** Says exactly which weights a model folder holds: a SHA-256 over its weight files. */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
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
