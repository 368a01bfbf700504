/** What an icon shows: its name, the concept that sets share, other names and keywords. */
import { readFileSync } from 'node:fs';

/** alias → concept, from concepts.json. */
export function conceptAliases(path) {
  const groups = Object.entries(JSON.parse(readFileSync(path, 'utf8')));
  return new Map(groups.flatMap(([concept, aliases]) => aliases.split(' ').map((alias) => [alias, concept])));
}

/** The concept of a name: "magnifying-glass" → "search"; plurals of an alias count as it. */
export const conceptOf = (name, aliases) =>
  aliases.get(name) ?? (name.endsWith('s') ? aliases.get(name.slice(0, -1)) : undefined) ?? name;

/**
 * Names of brands that are no ordinary words: sets draw them as logos. `brands`: names of a set of logos;
 * `isWord(name)`: whether a dictionary knows it.
 */
export function brandNames(brands, isWord) {
  const names = new Set(brands.filter((name) => name.length > 2 && !isWord(name.replaceAll('-', ' '))));
  return (name) => names.has(name) || names.has(name.split('-')[0]);
}

const asKey = (label) =>
  label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** { name, aliases, tags } of an icon of an emoji set, or undefined for what is no emoji of its own. */
export function emojiWords(icon, points, findEmoji) {
  const emoji = findEmoji(icon, points);
  return emoji && { name: asKey(emoji.label), aliases: emoji.aliases, tags: emoji.tags };
}
