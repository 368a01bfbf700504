/** The cache of the hub's own tools, read and never written: `models--org--name/refs/<ref>` names a commit, `snapshots/<commit>` has its files. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { isFile, isFolder } from '../files/kind-of-path';
import { readRegular } from '../files/regular-file';

const COMMIT = /^[0-9a-f]{40}$/;

export interface Snapshot {
  /** `org/name` */
  readonly repo: string;
  readonly revision: string;
  readonly folder: string;
}

export function cachedRepoFolder(cache: string, repo: string): string {
  return path.join(cache, `models--${repo.split('/').join('--')}`);
}

/** The snapshot that a branch, a tag or a commit means; `main`, or else the only one there is. */
export async function cachedSnapshot(
  caches: readonly string[],
  repo: string,
  wanted?: string,
): Promise<Snapshot | undefined> {
  for (const cache of caches) {
    const folder = cachedRepoFolder(cache, repo);
    const commits = (await readdir(path.join(folder, 'snapshots')).catch(() => [])).filter((name) => COMMIT.test(name));
    const revision = await commitOf(folder, commits, wanted);
    if (revision === undefined) continue;
    const snapshot = path.join(folder, 'snapshots', revision);
    if (await isFolder(snapshot)) return { repo, revision, folder: snapshot };
  }
  return undefined;
}

async function commitOf(folder: string, commits: readonly string[], wanted = ''): Promise<string | undefined> {
  const exact = commits.filter((commit) => /^[0-9a-f]{7,}$/.test(wanted) && commit.startsWith(wanted));
  if (exact.length === 1) return exact[0];
  const ref = path.join(folder, 'refs', ...(wanted === '' ? 'main' : wanted).split('/'));
  const named = await readRegular(ref, { most: 100 }).then(
    (bytes) => bytes.toString('utf8').trim(),
    () => undefined,
  );
  if (named !== undefined && commits.includes(named)) return named;
  return wanted === '' && commits.length === 1 ? commits[0] : undefined;
}

/** Repositories of which the cache has something, by name. */
export async function cachedRepos(cache: string): Promise<string[]> {
  const names = await readdir(cache).catch(() => []);
  return names
    .flatMap((name) => {
      // No name at the hub has "--" in it.
      const [kind, org, repo, ...more] = name.split('--');
      const isModel = kind === 'models' && org !== undefined && repo !== undefined && more.length === 0;
      return isModel ? [`${org}/${repo}`] : [];
    })
    .sort();
}

/** A file of any snapshot, by what the hub says its content is: the SHA-256 of large ones, git's id of small ones. */
export async function cachedBlob(caches: readonly string[], repo: string, digest: string): Promise<string | undefined> {
  for (const cache of caches) {
    const blob = path.join(cachedRepoFolder(cache, repo), 'blobs', digest);
    if (await isFile(blob)) return blob;
  }
  return undefined;
}
