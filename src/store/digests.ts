/** A file's content as the hub names it, both ways in one pass. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { throwIfCancelled } from '../domain/errors';

export interface Digests {
  readonly sha256: string;
  /** Git's id of a blob: SHA-1 over "blob <bytes>\0" and the content. */
  readonly git: string;
}

export class ContentHash {
  readonly #sha256: Hash = createHash('sha256');
  readonly #git: Hash;

  /** `bytes`: how many there will be, which git's id begins with. */
  constructor(bytes: number) {
    this.#git = createHash('sha1').update(`blob ${bytes}\0`);
  }

  update(chunk: Uint8Array): void {
    this.#sha256.update(chunk);
    this.#git.update(chunk);
  }

  /** Ends it. */
  digests(): Digests {
    return { sha256: this.#sha256.digest('hex'), git: this.#git.digest('hex') };
  }
}

/** Whether it is what the hub says, in whichever of the two it says it. */
export function isContent({ sha256, git }: Digests, digest: string): boolean {
  return digest === sha256 || digest === git;
}

/** Feeds the file into `hash`. Throws the system's error, `cancelled`. */
export async function hashInto(
  hash: ContentHash,
  file: string,
  { signal, onBytes }: { readonly signal?: AbortSignal; readonly onBytes?: (count: number) => void } = {},
): Promise<void> {
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    throwIfCancelled(signal);
    hash.update(chunk as Buffer);
    onBytes?.((chunk as Buffer).length);
  }
}
