/** Splits a set into the styles it is drawn in (outline, solid, duotone …) and cleans the names of its icons. */

const LOGO = /^(logo|brand|bxl|ios|md|country)-|-logo$/;
const EMOJI_COPY = /^(flag-for|flags?)-|skin-tone|-(light|medium|dark)$|^(man|woman|men|women)-/;
/** A variant with fewer icons than this is no style of its own. */
const FEWEST = 60;

const longestFirst = (a, b) => b.length - a.length;

/** "cloud-2-alt" → "cloud": numbers and words at the end that only tell drawings of the same thing apart. */
export function tidied(name) {
  const words = name.toLowerCase().split('-').filter(Boolean);
  while (words.length > 1 && /^(\d{1,2}|alt|one|two|three|simple|icon|px)$/.test(words.at(-1))) words.pop();
  return words.join('-');
}

/** Splits "arrow-left-24-filled" by the set's own prefixes and suffixes → { name, variant, size }. */
function split(icon, { prefixes, suffixes, sized }) {
  let name = icon;
  let variant = '';
  let size = 0;
  const prefix = prefixes.find((word) => name.startsWith(`${word}-`));
  if (prefix) [name, variant] = [name.slice(prefix.length + 1), prefix];
  const suffix = suffixes.find((word) => name.endsWith(`-${word}`));
  if (suffix) [name, variant] = [name.slice(0, -suffix.length - 1), variant ? `${variant}+${suffix}` : suffix];
  const sizedVariant = /^(\d+)-?(.*)$/.exec(variant);
  if (sizedVariant) [size, variant] = [Number(sizedVariant[1]), sizedVariant[2]];
  const sizedName = sized && /^(.*)-(10|12|14|16|20|24|28|32|48|96)$/.exec(name);
  if (sizedName) {
    [name, size] = [sizedName[1], Number(sizedName[2])];
    if (name.endsWith('-fill')) [name, variant] = [name.slice(0, -5), 'fill'];
  }
  return { name, variant, size };
}

/** Every icon of a set as { icon, name, style, size }; of the sizes of one drawing only the largest. */
export function stylesOf(set, { icons, metadata }, rules) {
  const known = [...Object.keys(metadata.suffixes ?? {}), ...(rules.variants[set] ?? []), ...rules.commonVariants];
  const parts = {
    prefixes: Object.keys(metadata.prefixes ?? {})
      .filter(Boolean)
      .sort(longestFirst),
    suffixes: [...new Set(known)].filter((word) => word && !/^\d+$/.test(word)).sort(longestFirst),
    sized: rules.sizedNames.includes(set),
  };
  const emoji = rules.emoji.includes(set);
  const rows = [];
  for (const [icon, entry] of Object.entries(icons.icons)) {
    const moves = /<animate|<set /.test(entry.body);
    if (entry.hidden || moves || LOGO.test(icon) || (emoji && EMOJI_COPY.test(icon))) continue;
    const row = emoji ? { name: icon, variant: '', size: 0 } : split(icon, parts);
    if (set === 'bx')
      [row.variant, row.name] = row.name.startsWith('bxs-')
        ? ['solid', row.name.slice(4)]
        : ['', row.name.replace(/^bx-/, '')];
    rows.push({ icon, ...row });
  }
  return largest(
    mergedVariants(rows, parts.prefixes).map((row) => ({
      ...row,
      name: tidied(row.name),
      style: row.variant ? `${set}/${row.variant}` : set,
    })),
  );
}

/** Rare variants go back into the name, or are dropped when they were a prefix. */
function mergedVariants(rows, prefixes) {
  const counts = new Map();
  for (const { variant } of rows) counts.set(variant, (counts.get(variant) ?? 0) + 1);
  return rows.map((row) => {
    if (!row.variant || counts.get(row.variant) >= FEWEST) return row;
    const name = prefixes.includes(row.variant) ? row.name : `${row.name}-${row.variant}`;
    return { ...row, name, variant: '' };
  });
}

function largest(rows) {
  const best = new Map();
  for (const row of rows) {
    const key = `${row.style}|${row.name}`;
    if (!best.has(key) || row.size > best.get(key).size) best.set(key, row);
  }
  return [...best.values()];
}
