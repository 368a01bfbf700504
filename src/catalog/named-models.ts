/** From a model's name to what is opened: a folder or a file of the store, or a snapshot in the cache of the hub's own tools. */
import type { ModelKind } from '../contract/store-api';
import { cachedSnapshot } from './hub-cache';
import { isRevision, parseModelName } from './model-name';
import type { ModelPlaces } from './model-places';
import { pathOf, readRecord } from './store-record';

export interface NamedModel {
  /** Without the revision. */
  readonly name: string;
  /** Absolute path of the folder or the file. */
  readonly path: string;
  /** Absent for a snapshot, which nobody has looked into. */
  readonly kind?: ModelKind;
  readonly revision?: string;
}

/** undefined when there is no model of that name on this machine. The store comes before the cache; nothing is fetched. */
export async function resolveNamed(text: string, { store, hubCaches }: ModelPlaces): Promise<NamedModel | undefined> {
  const wanted = parseModelName(text);
  if (wanted === undefined) return undefined;
  const { name, repo, file, revision } = wanted;
  const stored = await readRecord(store, name);
  if (stored !== undefined && (revision === undefined || isRevision(revision, stored.record.source ?? {}))) {
    const { kind, source } = stored.record;
    return { name, path: pathOf(stored), kind, ...(source === undefined ? {} : { revision: source.revision }) };
  }
  if (repo === undefined || file !== undefined) return undefined;
  const snapshot = await cachedSnapshot(hubCaches, repo, revision);
  return snapshot === undefined ? undefined : { name, path: snapshot.folder, revision: snapshot.revision };
}
