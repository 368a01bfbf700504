/** Which icons are kept out of training, for the gauge. */
import { createHash } from 'node:crypto';

const SHARE = 0.1;
/** Smaller sets need every icon. */
const FEWEST = 8;

/** The same ids give the same choice, and a set that grows keeps most of it: those whose hash is lowest. */
export function heldOutIds(ids: readonly string[]): ReadonlySet<string> {
  if (ids.length < FEWEST) return new Set();
  const hash = (id: string): string => createHash('sha256').update(id).digest('hex');
  const ordered = ids.map((id) => ({ id, hash: hash(id) })).sort((a, b) => (a.hash < b.hash ? -1 : 1));
  return new Set(ordered.slice(0, Math.max(1, Math.round(SHARE * ids.length))).map(({ id }) => id));
}
