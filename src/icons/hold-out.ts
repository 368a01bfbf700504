/** Which icons are kept out of training, for the gauge. */
import { createHash } from 'node:crypto';

const SHARE = 0.1;
/** Smaller sets need every icon. */
const FEWEST = 8;

/**
 * The same ids give the same choice, and a set that grows keeps most of it: those whose hash is lowest. Icons of one `thing` stay
 * together: one that is learned would tell the gauge about the other.
 */
export function heldOutIds(ids: readonly string[], thing: (id: string) => string = (id) => id): ReadonlySet<string> {
  if (ids.length < FEWEST) return new Set();
  const hash = (id: string): string => createHash('sha256').update(id).digest('hex');
  const ordered = ids.map((id) => ({ id, hash: hash(id) })).sort((a, b) => (a.hash < b.hash ? -1 : 1));
  const things = new Map<string, string[]>();
  for (const { id } of ordered) things.set(thing(id), [...(things.get(thing(id)) ?? []), id]);
  const wanted = Math.max(1, Math.round(SHARE * ids.length));
  const held = new Set<string>();
  for (const members of things.values()) {
    // Seven levels of a battery would be too much of a small set.
    if (held.size + members.length > 2 * wanted && held.size + members.length > wanted + 1) continue;
    if (held.size >= wanted) break;
    for (const id of members) held.add(id);
  }
  // All of one name tell nothing about each other.
  return held.size > 0 ? held : new Set(ordered.slice(0, wanted).map(({ id }) => id));
}
