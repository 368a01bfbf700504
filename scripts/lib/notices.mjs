/** THIRD_PARTY_NOTICES.txt of what ships: every package with its version, licence and the licence's text. */
import fs from 'node:fs';
import path from 'node:path';
import licences from 'spdx-license-list/full.js';
import { root, ScriptError } from './process.mjs';

const LICENCE_FILE = /^(licen[cs]e|copying|notice|third-?party-?notices?)/i;
/** Copyleft that would bind the extension itself. Weaker kinds (MPL, LGPL) bind only their own files. */
const REFUSED = /(^|[^L])GPL|AGPL|SSPL/;

/** The npm package that a file of a bundle came from, or undefined for our own. */
export function packageOf(file) {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
  return name;
}

function readManifest(name) {
  const file = path.join(root, 'node_modules', name, 'package.json');
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

/** The texts that a package brings, or its licence's standard text with the package's author. */
function licenceTexts(name, { license, author }) {
  const folder = path.join(root, 'node_modules', name);
  const files = fs
    .readdirSync(folder)
    .filter((file) => LICENCE_FILE.test(file) && fs.statSync(path.join(folder, file)).isFile());
  if (files.length > 0) return files.sort().map((file) => fs.readFileSync(path.join(folder, file), 'utf8').trim());
  const standard = license
    .split(/ AND | OR /)
    .map((id) => licences[id.replace(/[()]/g, '')]?.licenseText?.replace(/^.*<(year|yyyy)>.*\n+/gim, '').trim());
  if (standard.includes(undefined))
    throw new ScriptError(`${name}: "${license}" is no licence that scripts/lib/notices.mjs knows.`);
  const holder = typeof author === 'string' ? author : (author?.name ?? `the authors of ${name}`);
  return [`Copyright (c) ${holder}`, ...standard];
}

/** The notice of one package. Throws ScriptError when it names no licence, or one that must not ship. */
export function noticeOf(name, manifest = readManifest(name)) {
  const { version, license, repository } = manifest;
  if (typeof license !== 'string' || license === '')
    throw new ScriptError(`${name} names no licence in its package.json.`);
  if (REFUSED.test(license)) throw new ScriptError(`${name} is under ${license}, which must not ship with Fourstep.`);
  const home = typeof repository === 'string' ? repository : repository?.url;
  const head = [`${name} ${version}`, `Licence: ${license}`, ...(home ? [home.replace(/^git\+|\.git$/g, '')] : [])];
  return [...head, '', ...licenceTexts(name, manifest)].join('\n');
}

/** The whole file for the given packages. */
export function noticesOf(names) {
  const rule = `\n\n${'='.repeat(80)}\n\n`;
  const intro =
    "Fourstep contains the software below. The built-in model's training data is credited in models/*/DATA.md.";
  return [intro, ...[...new Set(names)].sort().map((name) => noticeOf(name))].join(rule) + '\n';
}
