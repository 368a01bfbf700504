/** The store of ends that share a disk: a handle is the file's own URI, and nothing is copied. */
import path from 'node:path';
import { UserError } from '../domain/errors';
import type { ArtifactStore } from './artifact-store';

export const localArtifacts: ArtifactStore = {
  put: (file) => told(() => handleOf(file)),
  get: (handle) => told(() => pathOf(handle)),
};

const SCHEME = 'file://';
const UNC = '\\\\';

/** What is thrown becomes a rejection. */
async function told<T>(work: () => T): Promise<T> {
  return Promise.resolve().then(work);
}

/** node:url's `pathToFileURL` loses control characters at the end of a name. Throws `bad-request` for a name that is not Unicode. */
function handleOf(file: string): string {
  const full = path.resolve(file);
  const isUnc = path.sep === '\\' && full.startsWith(UNC);
  const before = isUnc || path.sep === '/' ? SCHEME : `${SCHEME}/`;
  try {
    const names = (isUnc ? full.slice(UNC.length) : full).split(path.sep);
    return before + names.map(encodeURIComponent).join('/');
  } catch {
    throw new UserError('bad-request', `${full} has a name that is no Unicode text. Give the file another name.`);
  }
}

/** Refuses a URI that is not the one and only one of its file: it could lead somewhere else than it seems to. */
function pathOf(handle: string): string {
  const file = handle.startsWith(SCHEME) ? decoded(handle.slice(SCHEME.length)) : undefined;
  if (file !== undefined && path.isAbsolute(file) && handleOf(file) === handle) return file;
  throw new UserError(
    'bad-request',
    `The artifact handle "${handle}" cannot be used here: it is not the URI of one file, spelled as this machine spells it.`,
  );
}

function decoded(names: string): string | undefined {
  try {
    const parts = names.split('/').map(decodeURIComponent);
    if (path.sep === '/') return parts.join('/');
    return names.startsWith('/') ? parts.slice(1).join('\\') : UNC + parts.join('\\');
  } catch {
    return undefined;
  }
}
