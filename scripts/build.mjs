/**
 * Bundles everything that runs: the extension, the worker, the command line and the webview pages into dist/, and
 * with --tests the host suite into out/test/host/suite. Fails when engine code reaches the extension's bundle.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { NATIVE, NODE_BUNDLE } from './lib/node-bundle.mjs';
import { packageOf } from './lib/notices.mjs';
import { main, root, ScriptError } from './lib/process.mjs';

const shared = { absWorkingDir: root, bundle: true, logLevel: 'warning', metafile: true, sourcemap: true };
// Smaller, because the VSIX is near its budget; names stay, for stacks in the log.
const node = { ...NODE_BUNDLE, metafile: true, sourcemap: true, minify: true, keepNames: true };

/** Each of our Node programs with what its bundle leaves to be found at run time. */
const programs = [
  { entry: 'src/extension/extension.ts', out: 'dist/extension.js', external: ['vscode'] },
  { entry: 'src/worker/main.ts', out: 'dist/worker.js', external: NATIVE },
  { entry: 'src/icons/rasterizer-thread.ts', out: 'dist/rasterizer.js', external: NATIVE },
  { entry: 'src/cli/main.ts', out: 'dist/cli.js', external: [] },
  { entry: 'src/store/main.ts', out: 'dist/store.js', external: [] },
];

/** Where the engine is meant to be. */
const ENGINE = new Set(['dist/worker.js', 'dist/rasterizer.js']);

/** The extension host and the terminal must stay light and never block: the engine runs in the worker only. */
function checkNoEngine(file, metafile) {
  const inputs = Object.keys(metafile.inputs);
  const wrong = inputs.filter((input) =>
    /^src\/(engine|icons|pictures)\/|node_modules\/(onnxruntime-|sharp\/|@img\/)/.test(input),
  );
  if (wrong.length > 0) throw new ScriptError(`${file} contains engine code: ${wrong.slice(0, 5).join(', ')}`);
}

/** Builds the programs; returns the files that went into them. */
async function buildPrograms() {
  const inputs = [];
  for (const { entry, out, ...own } of programs) {
    const { metafile } = await esbuild.build({ ...node, entryPoints: [entry], outfile: out, ...own });
    if (!ENGINE.has(out)) checkNoEngine(out, metafile);
    inputs.push(...Object.keys(metafile.inputs));
  }
  return inputs;
}

/** Builds the pages; returns the files that went into them. */
async function buildWebview() {
  const { metafile } = await esbuild.build({
    ...shared,
    platform: 'browser',
    format: 'esm',
    target: 'chrome120',
    minify: true,
    entryPoints: ['webview/panel.ts', 'webview/gallery.ts', 'webview/tune.ts', 'webview/style.css'],
    outdir: 'dist/webview',
    external: ['*.ttf'],
  });
  for (const file of ['codicon.css', 'codicon.ttf']) {
    fs.copyFileSync(path.join(root, 'node_modules/@vscode/codicons/dist', file), path.join(root, 'dist/webview', file));
  }
  return [...Object.keys(metafile.inputs), 'node_modules/@vscode/codicons/dist/codicon.css'];
}

async function buildHostSuite() {
  const suite = 'test/host/suite';
  const files = fs.readdirSync(path.join(root, suite)).filter((file) => file.endsWith('.ts'));
  fs.rmSync(path.join(root, 'out', suite), { recursive: true, force: true });
  await esbuild.build({
    ...node,
    entryPoints: files.map((file) => path.posix.join(suite, file)),
    outdir: path.posix.join('out', suite),
    external: ['vscode', 'mocha', ...NATIVE],
  });
}

function reportSizes() {
  for (const file of [
    'extension.js',
    'worker.js',
    'cli.js',
    'store.js',
    'webview/panel.js',
    'webview/gallery.js',
    'webview/tune.js',
  ]) {
    const bytes = fs.readFileSync(path.join(root, 'dist', file));
    const kilobytes = (count) => `${Math.round(count / 1000)} kB`;
    console.log(`dist/${file}  ${kilobytes(bytes.length)} (${kilobytes(gzipSync(bytes).length)} gzip)`);
  }
}

/** The npm packages inside the bundles, for the notices of the VSIX. */
export const BUNDLED = path.join(root, 'dist/.bundled.json');
const STAMP = path.join(root, 'dist/.built');
const SOURCES = ['src', 'webview', 'scripts/build.mjs', 'package-lock.json'];

function newest(file) {
  const info = fs.statSync(file);
  if (!info.isDirectory()) return info.mtimeMs;
  return fs.readdirSync(file).reduce((latest, name) => Math.max(latest, newest(path.join(file, name))), 0);
}

/** Builds dist/, unless `onlyWhenStale` and every source is older than the last build. */
export async function build({ tests = false, onlyWhenStale = false } = {}) {
  const started = Date.now();
  const fresh =
    fs.existsSync(STAMP) && SOURCES.every((source) => newest(path.join(root, source)) < fs.statSync(STAMP).mtimeMs);
  if (onlyWhenStale && fresh) return;
  try {
    const inputs = [...(await buildPrograms()), ...(await buildWebview())];
    const bundled = [...new Set(inputs.map(packageOf).filter(Boolean))].sort();
    fs.writeFileSync(BUNDLED, JSON.stringify(bundled));
    if (tests) await buildHostSuite();
  } catch (error) {
    if (error.errors !== undefined) throw new ScriptError('The build failed; esbuild says above why.');
    throw error;
  }
  fs.writeFileSync(STAMP, '');
  fs.utimesSync(STAMP, new Date(started), new Date(started));
  if (!onlyWhenStale) reportSizes();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(() => build({ tests: process.argv.includes('--tests') }));
}
