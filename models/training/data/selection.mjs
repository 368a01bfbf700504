/** Chooses the icons of a set and says what each one shows. */

/** Words of an icon's file name: "shopping-cart-1-flat" → "shopping cart". */
function cleanName(name, suffix = '') {
  return name
    .slice(0, name.length - suffix.length)
    .replace(/(-\d+)+$/, '')
    .replaceAll('-', ' ');
}

/** Keeps the largest of "name-16", "name-24" …. */
function largestSizes(names) {
  const best = new Map();
  for (const name of names) {
    const [, stem, size] = /^(.*)-(\d+)$/.exec(name) ?? [];
    if (stem && Number(size) > (best.get(stem)?.size ?? 0)) best.set(stem, { name, size: Number(size) });
  }
  return [...best.values()].map((entry) => entry.name);
}

function emojiIcons(icons, { names, findEmoji }) {
  const points = new Map(Object.entries(icons.chars ?? {}).map(([hex, name]) => [name, hex]));
  const seen = new Set();
  return names.flatMap((name) => {
    const emoji = /skin-tone|(light|dark|medium)-skin/.test(name) ? undefined : findEmoji(name, points.get(name));
    if (!emoji || seen.has(emoji.id)) return [];
    seen.add(emoji.id);
    return [{ icon: name, concept: emoji.id, name: emoji.label, aliases: emoji.aliases, tags: emoji.tags }];
  });
}

/** An icon named like an emoji is the same concept, so that holding a concept out holds it out of every set. */
function namedIcons(spec, names, { findEmoji, tagsOf }) {
  return names.flatMap((icon) => {
    const name = cleanName(icon, spec.suffix);
    if (/\blogo\b/.test(name)) return [];
    return [{ icon, concept: findEmoji(name)?.id ?? `name:${name}`, name, aliases: [], tags: tagsOf(icon) }];
  });
}

/**
 * Icons of one set as { icon, concept, name, aliases, tags }. Skin tones, flags, logos, hidden icons and other sizes
 * of the same icon are left out.
 */
export function selectIcons(spec, icons, { findEmoji, tagsOf }) {
  const skip = new Set(spec.skip ?? []);
  const visible = Object.keys(icons.icons).filter((name) => !icons.icons[name].hidden && !skip.has(name));
  const names = (spec.largestSizeOnly ? largestSizes(visible) : visible).filter((name) =>
    name.endsWith(spec.suffix ?? ''),
  );
  return spec.kind === 'emoji'
    ? emojiIcons(icons, { names, findEmoji })
    : namedIcons(spec, names, { findEmoji, tagsOf });
}
