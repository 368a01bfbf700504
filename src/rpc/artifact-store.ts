/** Where the files are that cross between a worker and who asks it. Both ends of a line have a store; together they carry the files. */
import type { MessageEndpoint } from './channel';
import type { ArtifactUse } from '../contract/artifact';

export interface ArtifactStore {
  /**
   * A handle under which the other end gets this file or folder, an absolute path of this end. Throws `bad-request` for what this store cannot
   * offer.
   */
  put(file: string, use: ArtifactUse): Promise<string>;
  /**
   * Absolute path at this end of what the handle names; content is there, whole, when it settles. Throws `bad-request` for a handle that is
   * not this store's or that leads to where the other end has no business, and `worker-gone` when the line breaks on the way.
   */
  get(handle: string, use: ArtifactUse): Promise<string>;
}

/** What connects a worker with who asks it: one end of it. */
export interface Line {
  readonly endpoint: MessageEndpoint;
  readonly artifacts: ArtifactStore;
}
