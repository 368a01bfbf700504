/**
 * npm run package [-- <target> …]: one VSIX per platform from a staging folder that is filled by an allow-list, so
 * nothing unforeseen gets in and vsce never walks the repository.
 *
 * Size, linux-x64, in MB as the VSIX holds it (deflate): ONNX Runtime 17.5, model 35.8, sharp's native libvips 8.2:
 * 61.5, over the budget of 60. Stronger deflate does not close the gap (libdeflate -12 and 7-Zip -mx=9: 60.6 together),
 * half-precision weights being almost incompressible. So the VSIX carries sharp's WebAssembly build (3.6): 57 in all.
 * It made byte-identical PNG, WebP, AVIF and JPEG files in our comparison, needs no file per platform, and sharp itself
 * warns that its native Linux build may be incompatible with Electron's libraries. Its price, measured on 2 cores:
 * 0.3 s more until the first picture is written, 7 instead of 1.5 ms for a 64×64 PNG, AVIF five times as long.
 * A checkout, and so the command line and the benchmarks, uses the native build.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUNDLED } from './build.mjs';
import { ensure } from './ensure.mjs';
import { noticesOf } from './lib/notices.mjs';
import { main, must, root, ScriptError } from './lib/process.mjs';

/** VSIX target → the folder of ONNX Runtime's binaries; it has none for Intel Macs. */
const targets = {
  'linux-x64': 'linux/x64',
  'linux-arm64': 'linux/arm64',
  'darwin-arm64': 'darwin/arm64',
  'win32-x64': 'win32/x64',
  'win32-arm64': 'win32/arm64',
};
const NOTICES = 'THIRD_PARTY_NOTICES.txt';
const BUDGET = { 'linux-x64': 60_000_000 };

/** Our own files, and for each npm package the parts that run. */
const ownFiles = [
  /^(README|CHANGELOG)\.md$/,
  /^LICENSE$/,
  /^\.vscodeignore$/,
  /^package\.nls(\.[\w-]+)?\.json$/,
  /^l10n\//,
  /^media\//,
  /^models\/(catalog\.json|clip\/(merges\.txt|LICENSE)|[\w-]+\/(README\.md|DATA\.md|model_index\.json|(unet|vae|text_encoder|tokenizer|scheduler)\/.*))$/,
  /^dist\/(extension|worker|rasterizer|cli|store)\.js$/,
  /^dist\/webview\/[\w.-]+\.(js|css|ttf)$/,
];
const packages = {
  'onnxruntime-node': (binaries) => [
    /^dist\/.*\.js$/,
    new RegExp(`^bin/napi-v6/${binaries}/(?!libonnxruntime\\.\\d+\\.\\d+)`),
  ],
  'onnxruntime-common': () => [/^dist\/cjs\/.*\.(js|json)$/],
  sharp: () => [/^dist\/.*\.cjs$/],
  '@resvg/resvg-wasm': () => [/^index\.js$/, /^index_bg\.wasm$/],
  '@img/colour': () => [/\.cjs$/],
  '@img/sharp-wasm32': () => [/^index\.cjs$/, /^lib\//, /^versions\.json$/],
  '@emnapi/runtime': () => [/^index\.js$/, /^dist\/emnapi\.cjs(\.min)?\.js$/],
  'detect-libc': () => [/^lib\//],
  semver: () => [/\.js$/],
};
const always = [/^package\.json$/, /^LICEN[CS]E/i, /^ThirdPartyNotices/];

function filesUnder(folder, prefix = '') {
  return fs.readdirSync(path.join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(prefix, entry.name);
    return entry.isDirectory() ? filesUnder(folder, name) : [name];
  });
}

/** Copies the files of `from` that match the allow-list; an empty result means the list is out of date. */
function copyAllowed(from, to, allowed) {
  const files = filesUnder(from).filter((file) => allowed.some((pattern) => pattern.test(file)));
  if (files.length === 0) throw new ScriptError(`Nothing in ${from} matches the packaging list.`);
  for (const file of files) {
    fs.mkdirSync(path.dirname(path.join(to, file)), { recursive: true });
    fs.copyFileSync(path.join(from, file), path.join(to, file));
  }
}

function copyOwn(stage) {
  for (const top of ['dist', 'media', 'models', 'l10n']) {
    if (!fs.existsSync(path.join(root, top))) continue;
    const prefixed = ownFiles.filter((pattern) => pattern.source.startsWith(`^${top}`));
    const relative = prefixed.map((pattern) => ({ test: (file) => pattern.test(`${top}/${file}`) }));
    copyAllowed(path.join(root, top), path.join(stage, top), relative);
  }
  for (const file of fs.readdirSync(root)) {
    if (ownFiles.some((pattern) => pattern.test(file))) fs.copyFileSync(path.join(root, file), path.join(stage, file));
  }
}

/** The manifest that users get: nothing about building, and no dependencies, since they are in dist/node_modules. */
function writeManifest(stage) {
  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  for (const key of ['scripts', 'dependencies', 'devDependencies', 'private', 'bin']) delete manifest[key];
  delete manifest.engines.node;
  fs.writeFileSync(path.join(stage, 'package.json'), JSON.stringify(manifest, null, 2));
}

function stageFor(target) {
  const stage = path.join(root, 'out/stage', target);
  fs.rmSync(stage, { recursive: true, force: true });
  fs.mkdirSync(stage, { recursive: true });
  writeManifest(stage);
  copyOwn(stage);
  for (const [name, parts] of Object.entries(packages)) {
    const from = path.join(root, 'node_modules', name);
    copyAllowed(from, path.join(stage, 'dist/node_modules', name), [...always, ...parts(targets[target])]);
  }
  const bundled = JSON.parse(fs.readFileSync(BUNDLED, 'utf8'));
  fs.writeFileSync(path.join(stage, NOTICES), noticesOf([...bundled, ...Object.keys(packages)]));
  return stage;
}

function isAsListed(folder, { path: name, sha256 }) {
  const file = path.join(folder, name);
  return fs.existsSync(file) && createHash('sha256').update(fs.readFileSync(file)).digest('hex') === sha256;
}

/** What must be in the staging folder, and what must not. */
function checkStage(stage, target) {
  const files = filesUnder(stage);
  const required = [
    'package.json',
    'LICENSE',
    NOTICES,
    'dist/extension.js',
    'dist/worker.js',
    'dist/cli.js',
    'dist/store.js',
    'dist/webview/panel.js',
  ];
  required.push('dist/rasterizer.js', 'dist/node_modules/@resvg/resvg-wasm/index_bg.wasm');
  required.push('package.nls.json', 'package.nls.de.json', 'l10n/bundle.l10n.json', 'l10n/bundle.l10n.de.json');
  const { models } = JSON.parse(fs.readFileSync(path.join(root, 'models/catalog.json'), 'utf8'));
  required.push('models/catalog.json', ...models.map(({ folder }) => `models/${folder}/model_index.json`));
  required.push(`dist/node_modules/onnxruntime-node/bin/napi-v6/${targets[target]}/onnxruntime_binding.node`);
  const missing = required.filter((file) => !files.includes(file));
  const damaged = models.flatMap(({ folder, files: parts }) =>
    parts
      .filter((part) => !isAsListed(path.join(stage, 'models', folder), part))
      .map((part) => `${folder}/${part.path}`),
  );
  const foreign = files.filter((file) => /napi-v6/.test(file) && !file.includes(`/${targets[target]}/`));
  const unwanted = files.filter((file) => /\.(map|d\.ts|ts|tsx)$|(^|\/)(test|bench|scripts)\//.test(file));
  const problems = [
    ...missing.map((file) => `missing: ${file}`),
    ...damaged.map((file) => `not what models/catalog.json says: ${file}`),
    ...[...foreign, ...unwanted].map((file) => `unwanted: ${file}`),
  ];
  if (problems.length > 0) throw new ScriptError(`The package for ${target} is wrong:\n${problems.join('\n')}`);
  return files.length;
}

/** Draws a picture with the staged command line and nothing else around, where this machine can run it. */
function checkDraws(stage, target) {
  if (target !== ownTarget) return;
  const out = fs.mkdtempSync(path.join(os.tmpdir(), 'fourstep-package-'));
  try {
    const args = [path.join(stage, 'dist/cli.js'), 'generate', 'a red rocket', '--count', '1', '--out', out];
    execFileSync(process.execPath, args, { cwd: out, stdio: 'pipe' });
    if (!fs.readdirSync(out).some((file) => file.endsWith('.png'))) {
      throw new ScriptError(`The command line of the package for ${target} made no picture.`);
    }
  } finally {
    fs.rmSync(out, { recursive: true });
  }
}

export function vsixPath(target) {
  const { name, version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  return path.join(root, 'out', `${name}-${target}-${version}.vsix`);
}

/** Builds and checks the VSIX for one platform; returns its path. */
export async function packageFor(target) {
  if (!(target in targets)) {
    throw new ScriptError(`There is no package for "${target}". Supported: ${Object.keys(targets).join(', ')}.`);
  }
  const stage = stageFor(target);
  const count = checkStage(stage, target);
  checkDraws(stage, target);
  const out = vsixPath(target);
  const vsce = path.join(root, 'node_modules/@vscode/vsce/vsce');
  const flags = ['--target', target, '--no-dependencies', '--no-rewrite-relative-links', '--out', out];
  await must(process.execPath, [vsce, 'package', ...flags], { cwd: stage, stdio: ['ignore', 'ignore', 'inherit'] });
  const bytes = fs.statSync(out).size;
  console.log(`${path.relative(root, out)}  ${(bytes / 1e6).toFixed(1)} MB, ${count} files`);
  if (bytes > (BUDGET[target] ?? Infinity)) {
    throw new ScriptError(`The package for ${target} is ${bytes} bytes; the budget is ${BUDGET[target]}.`);
  }
  return out;
}

/** The target of this machine. */
export const ownTarget = `${process.platform}-${process.arch}`;

/** Packages for this machine when what goes in has changed since the last time; returns the VSIX's path. */
export async function packageWhenChanged() {
  const stage = stageFor(ownTarget);
  const hash = createHash('sha256');
  for (const file of filesUnder(stage)) hash.update(file).update(fs.readFileSync(path.join(stage, file)));
  const stamp = `${vsixPath(ownTarget)}.sha256`;
  const wanted = hash.digest('hex');
  const fresh = fs.existsSync(stamp) && fs.existsSync(vsixPath(ownTarget)) && fs.readFileSync(stamp, 'utf8') === wanted;
  if (!fresh) await packageFor(ownTarget);
  fs.writeFileSync(stamp, wanted);
  return vsixPath(ownTarget);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await ensure();
    const { build } = await import('./build.mjs');
    await build();
    const asked = process.argv.slice(2);
    for (const target of asked.length > 0 ? asked : [ownTarget]) await packageFor(target);
  });
}
