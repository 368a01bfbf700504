/** Says exactly which weights a model folder holds: a SHA-256 over its weight files. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { fileError } from '../tensors/file-error';
import { openWeights } from '../tensors/safetensors';
import type { ModelFolder } from './folder';
import { COMPONENT_NAMES } from './folder-parts';

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
  } catch (error) {
    throw fileError(error, 'read', file);
  }
  return hash.digest('hex');
}

/** Files behind one component's weights, sorted by name so that the order of an index does not matter. */
async function weightFiles(weights: string): Promise<string[]> {
  if (!weights.endsWith('.json')) return [await realpath(weights)];
  const { tensors } = await openWeights(weights);
  return [...new Set([...tensors.values()].map((tensor) => tensor.file))].sort();
}

/** Computes identities; remembers each file's hash for as long as its size and time of change stay the same. */
export class ModelHasher {
  readonly #hashes = new Map<string, Promise<string>>();

  /**
   * SHA-256 (hex) over the lines "<component> <SHA-256 of a weight file>" for text_encoder, unet and vae. Independent
   * of where the folder lies and what its files are called.
   */
  async identity(model: ModelFolder): Promise<string> {
    const hash = createHash('sha256');
    for (const name of COMPONENT_NAMES) {
      for (const file of await weightFiles(model.components[name].weights)) {
        hash.update(`${name} ${await this.#hash(file)}\n`);
      }
    }
    return hash.digest('hex');
  }

  async #hash(file: string): Promise<string> {
    const { size, mtimeMs } = await stat(file);
    const key = `${size} ${mtimeMs} ${file}`;
    const known = this.#hashes.get(key);
    if (known !== undefined) return known;
    const computed = hashFile(file);
    this.#hashes.set(key, computed);
    computed.catch(() => this.#hashes.delete(key));
    return computed;
  }
}
