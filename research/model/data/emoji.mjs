/** Emoji by code points and by name, with the words people use for them. */

/** Lower-case code points without the emoji variation selector: "2764-FE0F" → "2764". */
const pointsKey = (hexcode) =>
  hexcode
    .toLowerCase()
    .split('-')
    .filter((point) => point !== 'fe0f')
    .join('-');

const nameKey = (text) => text.toLowerCase().replace(/[^a-z0-9]/g, '');

const SMILEYS_TO_FLAGS = new Set([0, 1, 3, 4, 5, 6, 7, 8]);
/** Pairs of people are drawn by one set in dozens of near-equal pictures; professions are kept. */
const PROFESSION =
  /(health|judge|farmer|cook|student|teacher|firefighter|astronaut|artist|scientist|technologist|pilot|mechanic|singer|hair)/;

/** False for skin tones, country flags, components, and near-duplicate joined sequences. */
function wanted(emoji) {
  if (!SMILEYS_TO_FLAGS.has(emoji.group) || /^1F3F[B-F]/.test(emoji.hexcode)) return false;
  if (!emoji.hexcode.includes('200D')) return true;
  if (/^(family|couple|kiss|people holding hands)/.test(emoji.label)) return false;
  return !/^(man|woman|men|women)\b/.test(emoji.label) || PROFESSION.test(emoji.label);
}

/** One or several short codes as words: "hot_pepper" → "hot pepper". */
const asWords = (codes) => [codes ?? []].flat().map((code) => code.replaceAll('_', ' '));

/**
 * Returns find(name, points) → { id, label, aliases, tags } or undefined. `aliases` name the thing (short codes);
 * `tags` only hint at it.
 */
export function emojiFinder(readPackageJson) {
  const shortcodes = ['github', 'iamcal'].map((set) => readPackageJson(`emojibase-data/en/shortcodes/${set}.json`));
  const byPoints = new Map();
  const byName = new Map();
  for (const emoji of readPackageJson('emojibase-data/en/data.json')) {
    const entry = {
      id: `emoji:${pointsKey(emoji.hexcode)}`,
      label: emoji.label,
      aliases: shortcodes.flatMap((codes) => asWords(codes[emoji.hexcode])),
      tags: emoji.tags ?? [],
      wanted: wanted(emoji),
    };
    byPoints.set(pointsKey(emoji.hexcode), entry);
    byName.set(nameKey(emoji.label), entry);
  }
  for (const [emoji, { name }] of Object.entries(readPackageJson('unicode-emoji-json/data-by-emoji.json'))) {
    const points = [...emoji].map((character) => character.codePointAt(0).toString(16)).join('-');
    const entry = byPoints.get(pointsKey(points));
    if (entry && !byName.has(nameKey(name))) byName.set(nameKey(name), entry);
  }
  return (name, points) => {
    const entry = (points && byPoints.get(pointsKey(points))) || byName.get(nameKey(name));
    return entry?.wanted ? entry : undefined;
  };
}
